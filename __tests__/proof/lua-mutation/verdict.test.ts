import { EXPLAINED, type Explained } from '../../../proof/lua-mutation/explained.js';
import type { LuaMutant } from '../../../proof/lua-mutation/mutants.js';
import { LuaScripts } from '../../../proof/lua-mutation/scripts.js';
import { type Judged, refuted, sumUp } from '../../../proof/lua-mutation/verdict.js';
import * as generated from '../../../src/scripts/generated.js';
import { ROOT } from '../../support/pages.js';

const mutant = (change: Partial<LuaMutant> = {}): LuaMutant => ({
  file: 'a.lua',
  line: 1,
  column: 1,
  kind: 'value',
  find: '1',
  put: '2',
  ...change,
});
const alive = (change?: Partial<LuaMutant>): Judged => ({
  mutant: mutant(change),
  text: 'return 1 + 1',
  outcome: null,
});
const killed = (change?: Partial<LuaMutant>): Judged => ({
  ...alive(change),
  outcome: { test: 'a test', why: 'it fails' },
});
const reason: Explained = { file: 'a.lua', at: 'return 1 + 1', find: '1', put: '2', why: 'nobody asks' };

describe('sumUp', () => {
  it('is content when each mutant is killed or explained', () => {
    const verdict = sumUp([killed(), alive({ column: 5 })], [{ ...reason, nth: 2 }]);
    expect(verdict).toEqual({ killed: 1, explained: 1, wrong: [] });
  });

  it('tells of one that lives without a reason', () => {
    expect(sumUp([alive(), alive({ column: 5, put: '' })], [reason])).toEqual({
      killed: 0,
      explained: 1,
      wrong: ['alive: a.lua:1:5 value: 1 => nothing'],
    });
  });

  it('takes no reason for one that is killed', () => {
    expect(sumUp([killed(), alive({ column: 5 })], [reason]).wrong).toEqual([
      'explained, but killed by "a test": a.lua:1:1 value: 1 => 2',
    ]);
  });

  it.each([{ at: 'return 1' }, { find: '3' }, { put: '3' }, { nth: 2 }])(
    'takes no reason for what there is not: %j',
    (change) => {
      expect(sumUp([killed()], [{ ...reason, ...change }]).wrong).toEqual([
        expect.stringMatching('^explained, but no mutant: a.lua "'),
      ]);
    },
  );

  it('can look again at those first', () => {
    const [dead, living] = [killed(), alive({ column: 5 })];
    expect(refuted([dead, living, killed({ put: '3' })], [reason])).toEqual([dead]);
  });

  it('does not ask for the reasons of other files', () => {
    expect(sumUp([killed()], [{ ...reason, file: 'b.lua' }]).wrong).toEqual([]);
  });
});

describe('the scripts', () => {
  const scripts = new LuaScripts(ROOT);
  const mutants = scripts.mutants();

  it('have mutants, each of which changes a script that is sent', () => {
    expect(mutants.length).toBeGreaterThan(500);
    const sent = new Set(Object.values(generated).map(({ source }) => source));
    for (const one of mutants) {
      const changed = scripts.mutated(one);
      expect(changed).not.toEqual([]);
      for (const { source } of changed) expect(sent).not.toContain(source);
    }
  });

  it('are all others when a part is that all include', () => {
    const part = mutants.find(({ file }) => file === 'parts/mutex.lua')!;
    const names = scripts
      .mutated(part)
      .map(({ name }) => name)
      .sort();
    const all = Object.values(generated).map(({ name }) => name);
    expect(names).toEqual(all.filter((name) => name !== 'server-memory').sort());
  });

  it('have the mutants that are explained', () => {
    const living = mutants.map((one) => ({ mutant: one, text: scripts.lineOf(one), outcome: null }));
    const { explained, wrong } = sumUp(living, EXPLAINED);
    expect(wrong.filter((line) => !line.startsWith('alive: '))).toEqual([]);
    // None of them twice.
    expect(explained).toBeGreaterThanOrEqual(EXPLAINED.length);
  });
});
