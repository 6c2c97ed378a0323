/** A piece of Lua that is no space and no comment. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'mark';
  readonly text: string;
  /** Where it begins in the source. */
  readonly at: number;
}

const COMMENT = /--\[(=*)\[[^]*?\]\1\]|--[^\n]*/y;
const KINDS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /\[(=*)\[[^]*?\]\1\]|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/y],
  ['name', /[A-Za-z_]\w*/y],
  ['number', /0x[\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['mark', /[=~<>]=|\.{2,3}|[-+*/%^#=<>(){}[\];:,.]/y],
];

/**
 * The pieces of a Lua source, in their order.
 *
 * @throws {Error} something that is none
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length;) {
    const skipped = matchAt(/\s+/y, source, at) ?? matchAt(COMMENT, source, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const token = tokenAt(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(source: string, at: number): Token {
  for (const [kind, pattern] of KINDS) {
    const text = matchAt(pattern, source, at);
    if (text !== undefined) return { kind, text, at };
  }
  throw new Error(`no Lua: ${source.slice(at, at + 20)}`);
}

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
