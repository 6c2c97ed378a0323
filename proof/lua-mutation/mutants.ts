import { type Token, tokensOf } from './tokens.js';

/** A small change of a Lua source. */
export interface LuaMutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly kind: 'operator' | 'value' | 'condition' | 'statement';
  /** What stands there. */
  readonly find: string;
  /** What stands there instead. */
  readonly put: string;
}

type Change = Pick<LuaMutant, 'kind' | 'find' | 'put'> & { readonly at: number };

const OPERATORS: Partial<Record<string, readonly string[]>> = {
  '==': ['~='],
  '~=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '*': ['/'],
  '/': ['*'],
  and: ['or'],
  or: ['and'],
};

const VALUES: Partial<Record<string, string>> = { true: 'false', false: 'true', max: 'min', min: 'max' };

/** What stands before an operand: a `-` behind it is a sign. */
const BEFORE_OPERAND = /^(?:[-+*/%^#=<>({[;,]|[=~<>]=|\.\.|and|or|not|return|then|do|else|if|elseif|while)$/;

/** A whole line that calls, assigns or returns, but declares nothing. */
const STATEMENT =
  /^(?!.*--)(?! *(?:local|if|elseif|while|for|function|else|end)\b) *(return\b.*|[\w.]+\(.*\)|\w[\w,[\]# +]* = .*)$/gm;

const BIG = 1_000_000;

/** All mutants of a source, in the order in which they stand there. */
export function mutantsOf(file: string, source: string): LuaMutant[] {
  const tokens = tokensOf(source);
  const changes = [
    ...tokens.flatMap((token, i) => changesOf(token, tokens[i - 1], tokens[i + 1])),
    ...conditionsOf(source, tokens),
    ...statementsOf(source),
  ];
  return changes
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...change }) => {
      const before = source.slice(0, at).split('\n');
      return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, ...change };
    });
}

/**
 * The source with the change made.
 *
 * @throws {Error} it does not fit
 */
export function mutate(source: string, { file, line, column, find, put }: LuaMutant): string {
  const above = source.split('\n').slice(0, line - 1);
  const at = above.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  if (!source.startsWith(find, at)) throw new Error(`${file}:${line}:${column} is not ${find}`);
  return source.slice(0, at) + put + source.slice(at + find.length);
}

function changesOf({ kind, text, at }: Token, before?: Token, behind?: Token): Change[] {
  const change = (what: LuaMutant['kind'], put: string, find = text): Change => ({
    at,
    kind: what,
    find,
    put,
  });
  if (kind === 'string') return [change('value', text.length > 2 ? `''` : `'!'`)];
  if (kind === 'number') return [change('value', String(nextTo(Number(text))))];
  if (text === 'not' && behind !== undefined) return [change('operator', '', 'not ')];
  if (text === '-') return [change('operator', BEFORE_OPERAND.test(before?.text ?? '') ? '' : '+')];
  const value = VALUES[text];
  if (value !== undefined && (/^(?:true|false)$/.test(text) || before?.text === '.'))
    return [change('value', value)];
  return (OPERATORS[text] ?? []).map((put) => change('operator', put));
}

/** The next one, or twice a big one: of days, nobody can tell a ms more from its passing. */
function nextTo(number: number): number {
  return number < BIG ? number + 1 : number * 2;
}

/** What stands between `if` and `then`, or `while` and `do`. */
function conditionsOf(source: string, tokens: readonly Token[]): Change[] {
  return tokens.flatMap(({ text, kind }, i) => {
    if (kind !== 'name' || !/^(?:if|elseif|while)$/.test(text)) return [];
    const rest = tokens.slice(i + 1);
    const end = rest.findIndex((token) => token.text === (text === 'while' ? 'do' : 'then'));
    const [first, last] = [rest[0], rest[end - 1]];
    if (first === undefined || last === undefined) throw new Error(`${text} has no end: ${source}`);
    const find = source.slice(first.at, last.at + last.text.length);
    if (find === 'true') return [];
    return ['true', 'false'].map((put): Change => ({ at: first.at, kind: 'condition', find, put }));
  });
}

function statementsOf(source: string): Change[] {
  return [...source.matchAll(STATEMENT)].map(({ 0: line, 1: find = '', index }) => ({
    at: index + line.length - find.length,
    kind: 'statement',
    find,
    put: '',
  }));
}
