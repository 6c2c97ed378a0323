/** That the checks of replies find what is wrong with an adapter, on a stand-in for a server. */
import type { Adapter } from '../../src/adapters/adapter.js';
import type { AdapterCheck } from '../../src/testing/index.js';
import { atCall, hangs, named, plain, StandIn, verdictOf, verdictsOf } from './stand-in.js';

// Before the checks are imported: they keep the timers that they find.
jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
let replyChecks: readonly AdapterCheck[];
beforeAll(async () => {
  ({ replyChecks } = await import('../../src/testing/reply-checks.js'));
});
const check = (beginning: string): AdapterCheck => named(replyChecks, beginning);

const nothing = async (): Promise<null> => null;
const throwing = async (): Promise<never> => {
  throw new Error('broken');
};
const deep = (value: unknown, change: (leaf: unknown) => unknown): unknown =>
  Array.isArray(value) ? value.map((one) => deep(one, change)) : change(value);
/** Does otherwise with what comes back. */
const replying =
  (change: (leaf: unknown) => unknown) =>
  ({ run }: Adapter): Partial<Adapter> => ({ run: async (...call) => deep(await run(...call), change) });
/** Does otherwise with an error that comes back. */
const failing =
  (change: (error: Error) => unknown) =>
  ({ run }: Adapter): Partial<Adapter> => ({
    run: (...call) =>
      run(...call).catch((error: unknown) => {
        throw change(error as Error);
      }),
  });

it('find nothing wrong with one that does all as it should, and leave nothing behind', async () => {
  for (const one of replyChecks) {
    const server = new StandIn();
    expect(await verdictOf(one, server.sound)).toBeUndefined();
    expect([server.left, jest.getTimerCount()]).toEqual([[], 0]);
    expect(server.ran).toBeGreaterThan(0);
  }
});

const BROKEN: [fault: string, check: string, change: (sound: Adapter) => Partial<Adapter>, found: RegExp][] =
  [
    [
      'passes no keys',
      'run passes',
      ({ run }) => ({ run: (script, _keys, args) => run(script, [], args) }),
      /^KEYS and ARGV of the script: expected \[\["{}","{} ",.*, but it is \[\[\],\["",/,
    ],
    [
      'loses the last argument',
      'run passes',
      ({ run }) => ({ run: (script, keys, args) => run(script, keys, args.slice(0, -1)) }),
      /^KEYS and ARGV of the script: expected/,
    ],
    [
      'passes keys in another order',
      'run passes',
      ({ run }) => ({ run: (script, keys, args) => run(script, [...keys].reverse(), args) }),
      /^KEYS and ARGV of the script: expected/,
    ],
    [
      'passes 255 keys at most',
      'run passes',
      ({ run }) => ({ run: (script, keys, args) => run(script, keys.slice(0, 255), args) }),
      /^KEYS and ARGV of 64 locks: expected \[\["{}0","{}1","{}2",/,
    ],
    [
      'makes Buffers of text',
      'run passes',
      replying((leaf) => (typeof leaf === 'string' ? Buffer.from(leaf) : leaf)),
      /^KEYS and ARGV of the script: expected .*, but it is \[\[{"type":"Buffer"/,
    ],
    [
      'makes text of integers',
      'run brings',
      replying((leaf) => (typeof leaf === 'number' ? String(leaf) : leaf)),
      /^the reply: expected \[1,0,-1,1700000000000000,"1","","text",\[\],\[2,\["3"\]\]\], but it is \["1"/,
    ],
    [
      'knows integers of 32 bits only',
      'run brings',
      replying((leaf) => (typeof leaf === 'number' ? leaf | 0 : leaf)),
      /^the reply: expected/,
    ],
    [
      'makes integers of text',
      'run brings',
      replying((leaf) => (leaf === '1' ? 1 : leaf)),
      /^the reply: expected/,
    ],
    [
      'makes null of nothing',
      'run brings',
      replying((leaf) => (leaf === '' ? null : leaf)),
      /^the reply: expected/,
    ],
    [
      'knows no EVAL',
      'run runs',
      ({ run }) => ({ run: (script, ...call) => run({ ...script, sha1: '' }, ...call) }),
      /^NOSCRIPT No matching script$/,
    ],
    [
      'sends everything twice',
      'run runs',
      ({ run }) => ({ run: async (...call) => (await run(...call), run(...call)) }),
      /^how often it has run: expected 1, but it is 2$/,
    ],
    [
      'rewords errors',
      'run rejects',
      failing(({ message }) => new Error(`redis: ${message}`)),
      /^run must reject with the server's error "NOPERM not for you", but it rejected with "redis: NOPERM not for you"$/,
    ],
    [
      'keeps no more than the code of an error',
      'run rejects',
      failing(({ message }) => new Error(message.split(' ')[0])),
      /^run must reject with the server's error "NOPERM not for you", but it rejected with "NOPERM"$/,
    ],
    ['throws text', 'run rejects', failing(({ message }) => message), /, but it rejected with "undefined"$/],
    ['throws nothing', 'run rejects', failing(() => undefined), /, but it rejected with "undefined"$/],
    [
      'throws an error without a text',
      'run rejects',
      failing(({ message }) => ({ message: [message] })),
      /, but it rejected with "NOPERM not for you"$/,
    ],
    [
      'tries again after an error',
      'run does not',
      ({ run }) => ({ run: (...call) => run(...call).catch(() => run(...call)) }),
      /^how often a script ran that ended with NOPERM: expected "1", but it is "2"$/,
    ],
    [
      'never tells an error',
      'run does not',
      ({ run }) => ({ run: (...call) => run(...call).catch(hangs) }),
      /^run has not settled after 5000 ms$/,
    ],
    [
      'confuses replies',
      'run gives',
      ({ run }) => {
        let before: Promise<unknown> | undefined;
        return {
          run: (...call) => {
            const now = run(...call);
            const told = before ?? now;
            before = now;
            return told;
          },
        };
      },
      /^the reply to call 1: expected \["1"\], but it is \["0"\]$/,
    ],
    [
      'lets all calls fail with one',
      'run gives',
      ({ run }) => ({
        run: (script, keys, args) => (args[0] === '9' ? run(script, keys, ['7']) : run(script, keys, args)),
      }),
      /^the reply to call 9: expected \["9"\], but it is "an error"$/,
    ],
    [
      'makes replies of errors',
      'run gives',
      ({ run }) => ({ run: (...call) => run(...call).catch(() => ['7']) }),
      /^the call whose script ends with an error: expected "rejected", but it is "fulfilled"$/,
    ],
  ];

it.each(BROKEN)('find out one that %s by: %s …', async (_fault, beginning, change, found) => {
  expect(plain(await verdictOf(check(beginning), new StandIn().but(change)))).toMatch(found);
});

const ODD = ['', ' ', 'a b', '\0', 'line\r\n', '"\'\\', '{}', '*', 'é', 'e\u0301', '🔑', '12', '-0', 'null'];
it.each([...ODD, 'x'.repeat(10_000)])('find out one that can not pass %j', async (odd) => {
  const mangled = (end: (text: string) => boolean) => (texts: readonly string[]) =>
    texts.map((text) => (end(text) ? 'mangled' : text));
  const [ofKeys, ofArgs] = [
    mangled((text) => /(?<=\d\}|[a-f]\}).*$/s.exec(text)?.[0] === odd),
    mangled((text) => text === odd),
  ];
  for (const make of [
    new StandIn().but(({ run }) => ({ run: (script, keys, args) => run(script, ofKeys(keys), args) })),
    new StandIn().but(({ run }) => ({ run: (script, keys, args) => run(script, keys, ofArgs(args)) })),
  ])
    expect(await verdictOf(check('run passes'), make)).toMatch(/^KEYS and ARGV of the script: expected/);
});

const times = <Value>(n: number, value: Value): Value[] => Array.from({ length: n }, () => value);
const ERRORS = ['NOPERM not for you', 'WRONGTYPE of a check', 'BADFENCE of a check', 'OOM of a check'];
const CODES = ['NOPERM', 'OOM', 'BUSY', 'LOADING'];

it.each([
  ['run passes', times(2, 'run has not settled after 5000 ms')],
  ['run brings', times(1, 'run has not settled after 5000 ms')],
  ['run runs', times(4, 'run has not settled after 5000 ms')],
  [
    'run rejects',
    ERRORS.map((text) => `run of a script that ends with ${text} has not settled after 5000 ms`),
  ],
  ['run does not', times(8, 'run has not settled after 5000 ms')],
])('end also when an adapter does not answer, whichever call it is: %s …', async (beginning, found) => {
  expect(await verdictsOf(check(beginning), hangs)).toEqual(found);
});

it.each([
  ['run runs', [...[1, 2, 3].map((n) => `how often it has run: expected ${n}, but it is null`), undefined]],
  [
    'run rejects',
    ERRORS.map((text) => `run of a script that ends with ${text} must reject, but it resolved with null`),
  ],
  [
    'run does not',
    CODES.flatMap((code) => [
      'run must reject, but it resolved with null',
      `how often a script ran that ended with ${code}: expected "1", but it is null`,
    ]),
  ],
])('look at each reply: %s …', async (beginning, found) => {
  expect(await verdictsOf(check(beginning), nothing)).toEqual(found);
});

it.each(['run passes', 'run brings', 'run runs'])(
  'pass on what an adapter fails with: %s …',
  async (beginning) => {
    const verdicts = await verdictsOf(check(beginning), throwing);
    expect(new Set(verdicts)).toEqual(new Set(['broken']));
  },
);

it('make a hundred calls at once, each with a reply of its own', async () => {
  for (const n of [1, 100]) {
    expect(await verdictOf(check('run gives'), atCall(n, hangs).make)).toBe(
      'run has not settled after 5000 ms',
    );
    const found = `the reply to call ${n - 1}: expected ["${n - 1}"], but it is null`;
    expect(await verdictOf(check('run gives'), atCall(n, nothing).make)).toBe(found);
  }
  expect(await verdictOf(check('run gives'), atCall(101, hangs).make)).toBeUndefined();
});
