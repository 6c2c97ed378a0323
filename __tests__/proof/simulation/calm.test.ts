import { Fairness } from '../../../proof/simulation/checks/fairness.js';
import { Promptness } from '../../../proof/simulation/checks/promptness.js';

let wrong: string[];
const tell = (what: string): void => void wrong.push(what);
beforeEach(() => void (wrong = []));

describe('promptness', () => {
  const [none, taken] = [new Set<string>(), new Set(['k'])];

  test('a lock may be free for long while nobody waits, and for a moment while somebody does', () => {
    const check = new Promptness(50, tell);
    check.look(0, ['k'], none);
    check.look(900, ['k'], none);
    const other = check.wait({ key: 'm', since: 0 });
    check.look(950, ['k'], none);
    const done = check.wait({ key: 'k', since: 1_000 });
    check.look(1_050, ['k'], taken);
    done();
    other();
    check.look(2_000, ['k'], taken);
    check.wait({ key: 'k', since: 2_000 });
    check.look(3_000, ['k'], none);
    expect(wrong).toEqual([]);
    expect([check.gaps, check.longest]).toEqual([1, 50]);
  });

  test('a lock that is free while somebody waits is granted in time', () => {
    const check = new Promptness(50, tell);
    check.wait({ key: 'k', since: 10 });
    check.look(20, ['k'], none);
    check.look(71, ['k'], taken);
    expect(wrong).toEqual(['L2: k has been free for 51.0 ms while somebody waits']);
  });
});

describe('fairness', () => {
  test('who came first may be granted first, or give up', () => {
    const check = new Fairness(tell);
    const [first, second, third] = [check.wait(0, 'k'), check.wait(0, 'k'), check.wait(0, 'k')];
    const [other, elsewhere] = [check.wait(0, 'm'), check.wait(1, 'k')];
    for (const end of [other, elsewhere, first]) end(true);
    // The second hears of its timeout a moment later than the third of the grant.
    third(true);
    second(false);
    expect(wrong).toEqual([]);
  });

  test('who came first is not granted behind a later one', () => {
    const check = new Fairness(tell);
    const first = check.wait(0, 'k');
    check.wait(0, 'k')(true);
    first(true);
    expect(wrong).toEqual(['L4: a later caller of process 0 got k earlier']);
  });

  test('the share of a process that wants a key all the time is a third of another one’s at least', () => {
    const check = new Fairness(tell);
    const serve = (process: number, times: number): void => {
      for (let n = 0; n < times; n++) check.wait(process, 'k')(true);
    };
    serve(0, 29);
    serve(1, 10);
    expect(check.look('k', [0, 1])).toBe(1);
    serve(0, 1);
    expect(check.look('k', [0, 1])).toBe(3);
    expect(check.look('k', [0])).toBe(1);
    expect(check.look('m', [0, 1])).toBe(1);
    expect(wrong).toEqual([]);
    serve(0, 1);
    check.look('k', [0, 1]);
    expect(wrong).toEqual(['L4: the processes were granted k 31, 10 times']);
  });
});
