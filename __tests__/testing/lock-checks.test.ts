/** That the checks of locks find what is wrong with an adapter, on a stand-in for a server. */
import type { Adapter } from '../../src/adapters/adapter.js';
import type { AdapterCheck } from '../../src/testing/index.js';
import { alwaysFirst, answering, type Change, handing, LETS_IN, replicating } from './otherwise.js';
import { atCall, hangs, named, plain, StandIn, verdictOf, verdictsOf } from './stand-in.js';

// Before the checks are imported: they keep the timers that they find.
jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
let lockChecks: readonly AdapterCheck[];
beforeAll(async () => {
  ({ lockChecks } = await import('../../src/testing/lock-checks.js'));
});
// Of adapters that hang some wait still.
beforeEach(() => jest.clearAllTimers());
const check = (beginning: string): AdapterCheck => named(lockChecks, beginning);

it.each<[string, Change]>([
  ['does all as it should', () => ({})],
  ['says nothing of itself', ({ run, subscribe }) => ({ joins: undefined as never, run, subscribe })],
  ['does not join', () => ({ joins: false, countsListeners: true })],
  ['waits for replicas, of which there are none', replicating(async () => 0)],
  ['waits for replicas, of which there is one', replicating(async () => 1)],
])('find nothing wrong with one that %s, and leave nothing behind', async (_what, change) => {
  for (const one of lockChecks) {
    const server = new StandIn();
    expect([one.name, await verdictOf(one, server.but(change))]).toEqual([one.name, undefined]);
    expect([server.left, server.listening, jest.getTimerCount()]).toEqual([[], 0, 0]);
  }
});

it('ask for four keys of several locks of an adapter that joins, and of no other', async () => {
  const asked: (readonly string[])[] = [];
  const noting =
    (joins: boolean): Change =>
    ({ run }) => ({ joins, run: (script, keys, args) => (asked.push(keys), run(script, keys, args)) });
  for (const joins of [false, true])
    expect(await verdictOf(check('what the adapter'), new StandIn().but(noting(joins)))).toBeUndefined();
  expect(asked).toEqual([['a', 'b', 'c', 'd'].map((name) => `latchkey-check:${name}`)]);
});

it('ask how many replicas have what has just been written, and wait no longer than 50 ms for one', async () => {
  const server = new StandIn();
  const asked: unknown[] = [];
  const noting = replicating(async (...call) => {
    asked.push(call);
    expect(server.left).toEqual(call[0]);
    return 1;
  });
  expect(await verdictOf(check('what the adapter'), server.but(noting))).toBeUndefined();
  expect(asked).toEqual([[[expect.stringMatching(/^\{latchkey-check:/)], 1, 50]]);
});

it('take 25 locks by a hundred calls, and two as one, each for five seconds at most', async () => {
  const [locks, ttls] = [new Set<string>(), new Set<string>()];
  const noting: Change = ({ run }) => ({
    joins: false,
    run: (script, keys, args) => {
      if (script.name.startsWith('mutex-acquire')) ttls.add(args[script.name.endsWith('all') ? 2 : 1]!);
      for (let n = 0; n < keys.length; n += 4) if (script.keys === 4) locks.add(plain(keys[n])!);
      return run(script, keys, args);
    },
  });
  expect(await verdictOf(check('many locks'), new StandIn().but(noting))).toBeUndefined();
  const names = [...Array.from({ length: 25 }, (_, n) => String(n)), 'a', 'b'];
  expect([...locks].sort()).toEqual(names.map((name) => `lock:{}${name}`).sort());
  expect([...ttls]).toEqual(['5000']);
});

const BROKEN: [fault: string, check: string, change: Change, found: RegExp][] = [
  [
    'joins what is no flag',
    'what the adapter',
    () => ({ joins: 'yes' as never }),
    /^joins must be true, false or left out, not yes$/,
  ],
  [
    'counts its listeners',
    'what the adapter',
    () => ({ countsListeners: 12 as never }),
    /^countsListeners must be true, false or left out, not 12$/,
  ],
  [
    'joins over servers that can not',
    'what the adapter',
    ({ run }) => ({
      run: async (script, keys, args) => {
        if (keys.length > 1) throw new Error('CROSSSLOT');
        return run(script, keys, args);
      },
    }),
    /^a script with the keys of several locks, which an adapter that joins can run: expected 4, but it is "Error: CROSSSLOT"$/,
  ],
  ...[NaN, -1, 0.5, '1', undefined].map((value): (typeof BROKEN)[number] => [
    `has ${String(value)} replicas`,
    'what the adapter',
    replicating(async () => value as never),
    new RegExp(`^waitReplicas must bring a number, not ${String(value)}$`),
  ]),
  [
    'never hears of replicas',
    'what the adapter',
    replicating(hangs),
    /^waitReplicas has not settled after 5000 ms$/,
  ],
  [
    'lets everybody in',
    'two programs',
    LETS_IN,
    /^what somebody else gets of a lock that is held: expected null, but it is \{/,
  ],
  [
    'extends nothing',
    'two programs',
    answering('mutex-extend', () => [0]),
    /^what becomes of an extension: expected "extended", but it is "lost"$/,
  ],
  [
    'gives nothing back',
    'two programs',
    answering('mutex-release', () => [0]),
    /^what becomes of a release: expected "released", but it is "lost"$/,
  ],
  [
    'does not give back what was handed over',
    'two programs',
    answering('mutex-steps', () => [[0], [0]]),
    /^what becomes of a release: expected "released", but it is "lost"$/,
  ],
  [
    'has no lock for the next one',
    'two programs',
    ({ run }) => ({
      run: async (script, keys, args) =>
        script.name === 'mutex-release' ? [args.at(-1), [1]] : run(script, keys, args),
    }),
    /^lock "{}" was not granted within its timeout of 4000 ms \(waited 4000 ms\)/,
  ],
  [
    'counts fencing tokens down',
    'two programs',
    handing(() => 1),
    /^the second fencing token must be higher than the first one$/,
  ],
  [
    'does not count fencing tokens',
    'two programs',
    alwaysFirst(),
    /^the second fencing token must be higher than the first one$/,
  ],
  [
    'never ends a subscription',
    'two programs',
    ({ subscribe }) => ({ subscribe: async (...call) => (await subscribe(...call), hangs) }),
    /^close has not settled after 5000 ms$/,
  ],
  [
    'takes no list',
    'many locks',
    ({ run }) => ({
      run: async (script, keys, args) => {
        if (/\}[ab]$/.test(keys[0]!)) throw new Error('NOPERM');
        return run(script, keys, args);
      },
    }),
    /^lock "{}a" could not be taken \(waited 0 ms\): NOPERM$/,
  ],
];

it.each(BROKEN)('find out one that %s by: %s …', async (_fault, beginning, change, found) => {
  expect(plain(await verdictOf(check(beginning), new StandIn().but(change)))).toMatch(found);
});

it.each([
  ['what the adapter', 1, 'run has not settled after 5000 ms'],
  ['two programs', 1, 'acquire has not settled after 5000 ms'],
  ['two programs', 5, 'what becomes of an extension: expected "extended", but it is "unknown"'],
  ['two programs', 10, 'what becomes of a release: expected "released", but it is "unknown"'],
  ['two programs', 11, 'close has not settled after 5000 ms'],
  ['many locks', 1, 'withLock has not settled after 5000 ms'],
  ['many locks', 2, 'acquire of a list has not settled after 5000 ms'],
  ['many locks', 8, 'what becomes of a list: expected "released", but it is "unknown"'],
])(
  'end also when an adapter does not answer any more: %s …, from call %d on',
  async (beginning, n, found) => {
    expect(await verdictOf(check(beginning), atCall(n, hangs, Infinity).make)).toBe(found);
  },
);

it('end also when an adapter that waits for replicas does not answer', async () => {
  for (const n of [1, 2, 3]) {
    const { make } = atCall(n, hangs);
    const waiting = async (): Promise<Adapter> => ({ ...(await make()), waitReplicas: async () => 1 });
    expect(await verdictOf(check('what the adapter'), waiting)).toBe('run has not settled after 5000 ms');
  }
});

it('leave nobody alone with a call that they have begun, whatever goes wrong', async () => {
  const unheard = jest.fn();
  process.on('unhandledRejection', unheard);
  try {
    const verdicts = await verdictsOf(check('two programs'), async () => null);
    expect(verdicts).toContain('what becomes of an extension: expected "extended", but it is "unknown"');
    expect(unheard).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unheard);
  }
});

it('close at once what they have opened when they have found something, also locks that are held', async () => {
  for (const step of ['mutex-acquire', 'mutex-release']) {
    const server = new StandIn();
    const start = Date.now();
    const change = step === 'mutex-acquire' ? LETS_IN : answering(step, () => [0]);
    expect(await verdictOf(check('two programs'), server.but(change))).toMatch(/^what /);
    expect(Date.now() - start).toBeLessThan(1_000);
    expect([server.listening, jest.getTimerCount()]).toEqual([0, 0]);
  }
});
