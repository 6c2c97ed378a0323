import { play } from '../../../proof/simulation/schedule.js';
import { twins } from '../../../src/adapters/memory/twins.js';
import { Lease } from '../../../src/core/lease.js';
import type * as queues from '../../../src/core/queue.js';
import type * as votes from '../../../src/core/votes.js';

/** Whether half of the servers count as a majority. */
let mockHalf = false;
jest.mock('../../../src/core/votes.js', () => {
  const actual: typeof votes = jest.requireActual('../../../src/core/votes.js');
  const count: typeof votes.count = (call, cast) => {
    const replies = cast.flatMap((vote) => (vote?.ok && call.isDone(vote.reply) ? [vote.reply] : []));
    if (mockHalf && replies.length >= cast.length / 2) return { is: 'done', replies };
    return actual.count(call, cast);
  };
  return { ...actual, count };
});

/** Whether who came last is served first. */
let mockLast = false;
jest.mock('../../../src/core/queue.js', () => {
  const actual: typeof queues = jest.requireActual('../../../src/core/queue.js');
  class Queue<Value> extends actual.Queue<Value> {
    readonly #places: queues.Place<Value>[] = [];
    override push(value: Value): queues.Place<Value> {
      const place = super.push(value);
      this.#places.push(place);
      return place;
    }
    override get first(): queues.Place<Value> | undefined {
      return mockLast ? this.#places.filter(({ taken }) => taken).at(-1) : super.first;
    }
  }
  return { ...actual, Queue };
});

const undo: (() => void)[] = [];

afterEach(() => {
  mockHalf = mockLast = false;
  for (const one of undo.splice(0)) one();
  jest.restoreAllMocks();
});

/** Lets a script do harm before it does what it is there for, until the test is over. */
function spoil(name: string, harm: (keys: readonly string[], remove: (key: string) => void) => void): void {
  const real = twins.get(name)!;
  const table = twins as Map<string, typeof real>;
  table.set(name, (keyspace, keys, args) => {
    harm(keys, (key) => void keyspace.delete(key));
    return real(keyspace, keys, args);
  });
  undo.push(() => table.set(name, real));
}

/** Plays until a schedule fails. @returns what it has violated */
async function firstViolation(most: number, such = /./, liveness = false): Promise<string | undefined> {
  for (let seed = 1; seed <= most; seed++) {
    // Without it they are as CI has them.
    const violation = (await play(seed, { liveness, brief: !liveness })).violations.find((one) =>
      such.test(one),
    );
    if (violation !== undefined) return violation;
  }
  return undefined;
}

const SCHEDULES = 300;

test('leases that never end are found: a server has what they hold no more, or another one holds it', async () => {
  jest.spyOn(Lease.prototype, 'look').mockReturnValue(600);
  jest.spyOn(Lease.prototype, 'over', 'get').mockReturnValue(false);
  expect(await firstViolation(SCHEDULES)).toMatch(/^S[13]: /);
});

test('half of the servers as a majority are found: two hold one lock', async () => {
  mockHalf = true;
  expect(await firstViolation(SCHEDULES, /^S[12]: /)).toBeDefined();
});

test('half of the servers as a majority are found, too: a lock is in too few of them', async () => {
  mockHalf = true;
  expect(await firstViolation(SCHEDULES, /^S3: .* in 3 of 4 servers/)).toBeDefined();
});

test('a release of somebody else’s lock is found', async () => {
  spoil('mutex-release', ([lock = ''], remove) => remove(lock));
  expect(await firstViolation(SCHEDULES)).toMatch(/^S4: /);
});

test('fencing tokens that are forgotten are found, where a clock is set back', async () => {
  spoil('mutex-acquire', ([, fence = ''], remove) => remove(fence));
  expect(await firstViolation(SCHEDULES)).toMatch(/^S2: /);
});

test('a release that tells nobody is found: a lock is free while somebody waits', async () => {
  spoil('mutex-release', ([, , , waiters = ''], remove) => remove(waiters));
  expect(await firstViolation(20, /^L2: /, true)).toBeDefined();
});

test('who came last and is served first is found', async () => {
  mockLast = true;
  expect(await firstViolation(20, /^L4: /, true)).toBeDefined();
});
