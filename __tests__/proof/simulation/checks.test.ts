import { Bodies } from '../../../proof/simulation/checks/bodies.js';
import { type Claimed, Containment } from '../../../proof/simulation/checks/containment.js';
import { Asking } from '../../../proof/simulation/asking.js';
import { Exclusion } from '../../../proof/simulation/checks/exclusion.js';
import { Fences, Resource } from '../../../proof/simulation/checks/fences.js';
import { Finality } from '../../../proof/simulation/checks/finality.js';
import { checkLeftovers } from '../../../proof/simulation/checks/leftovers.js';
import { checkOwnership } from '../../../proof/simulation/checks/ownership.js';
import { checkSettling } from '../../../proof/simulation/checks/settling.js';

let wrong: string[];
const tell = (what: string): void => void wrong.push(what);
beforeEach(() => void (wrong = []));

const holding = (since: number, isValid = true, key = 'k', process = 0, asked = since) => ({
  key,
  process,
  since,
  asked,
  ttl: 100,
  isValid: () => isValid,
});

describe('exclusion', () => {
  test('other keys, leases that are over and those that were left are no one else in the way', () => {
    const check = new Exclusion(tell);
    check.enter(1, holding(0, false));
    check.enter(2, holding(0, true, 'm'));
    const last = holding(1);
    check.enter(3, last);
    check.leave(last);
    check.enter(4, holding(2));
    expect(wrong).toEqual([]);
  });

  test('two valid leases are wrong, unless one is from before a loss, and then for a ttl only', () => {
    const check = new Exclusion(tell);
    check.enter(1, holding(0));
    check.enter(2, holding(1));
    expect(wrong).toHaveLength(1);
    const lossy = new Exclusion(tell);
    lossy.enter(1, holding(0));
    lossy.forgotten(5, []);
    lossy.enter(105, holding(10));
    expect(wrong).toHaveLength(1);
    lossy.enter(106, holding(20, true));
    expect(wrong.length).toBeGreaterThan(1);
  });
});

test('who asks behind a loss may get what its process had before it, and for a ttl only', () => {
  const had = [{ key: 'k', process: 1 }];
  for (const [now, process, wrongs] of [
    [105, 1, 0],
    [106, 1, 1],
    [105, 2, 2],
  ] as const) {
    const check = new Exclusion(tell);
    check.forgotten(5, had);
    check.enter(50, holding(6));
    check.enter(now, holding(7, true, 'k', process));
    expect(wrong).toHaveLength(wrongs);
  }
});

test('a lease that was asked for before a server’s clock was set ahead may seem too long, and no other', () => {
  const check = new Exclusion(tell);
  check.enter(1, holding(0));
  check.jumpedAhead(5);
  check.enter(500, holding(400));
  expect(wrong).toEqual([]);
  check.enter(501, holding(401));
  expect(wrong).toHaveLength(1);
});

test('who asks behind that clock may get what its process had asked for before it', () => {
  const check = new Exclusion(tell);
  check.jumpedAhead(5);
  check.enter(500, holding(400, true, 'k', 1, 5));
  check.enter(501, holding(401, true, 'k', 2, 6));
  expect(wrong).toEqual([]);
  check.enter(502, holding(402, true, 'k', 3, 6));
  expect(wrong).toHaveLength(1);
});

test('a process wants a key from its first call until all of them have an end', () => {
  const asking = new Asking();
  const first = asking.begin(1, 0, ['k']);
  const both = asking.begin(2, 0, ['m', 'k']);
  expect(first()).toBe(1);
  const last = asking.begin(3, 0, ['k']);
  expect(asking.begin(4, 1, ['k'])()).toBe(4);
  expect(both()).toBe(1);
  expect(last()).toBe(1);
  expect(asking.begin(5, 0, ['m'])()).toBe(5);
  expect(asking.begin(6, 0, ['k'])()).toBe(6);
});

describe('containment', () => {
  const claimed = (remaining: number, isExcused = false): Claimed => ({
    key: 'k',
    tokens: 'p1-',
    remaining: () => remaining,
    isExcused: () => isExcused,
  });
  const empty = { stored: () => [] };
  const server = (token: string, ttl: number) => ({ stored: () => [{ key: 'lock:k', token, ttl }] });

  test.each([
    ['lasts as long there', claimed(100), [server('p1-7', 99)]],
    [
      'lasts as long in most of them',
      claimed(100),
      [server('p1-7', 10), server('p1-7', 99), server('p1-7', 300)],
    ],
    ['is over, and somebody else has it', claimed(0), [server('p2-7', 99)]],
    ['was forgotten there', claimed(100, true), [empty]],
  ])('what a process has may be what %s', (_, claim, there) => {
    const check = new Containment(tell);
    check.enter(claim);
    check.look(there);
    expect(wrong).toEqual([]);
  });

  test.each([
    ['is nobody’s there', claimed(100), [empty], 'is not its own in 1 of 1 servers'],
    ['is somebody else’s there', claimed(100), [server('p11-7', 200)], 'is not its own in 1 of 1 servers'],
    ['ends earlier there', claimed(100.2), [server('p1-7', 99)], 'ends in 99 ms in 1 of 1 servers'],
    [
      'half of them have',
      claimed(100),
      [server('p1-7', 99), empty, empty, server('p1-7', 99)],
      'is not its own in 3 of 4',
    ],
    [
      'ends earlier in most',
      claimed(100),
      [server('p1-7', 99), server('p1-7', 90), server('p1-7', 8)],
      'ends in 90 ms in 2 of 3',
    ],
  ])('what a process has can not be what %s', (_, claim, there, what) => {
    const check = new Containment(tell);
    check.enter(claim);
    check.look(there);
    expect(wrong).toEqual([expect.stringContaining(what)]);
    check.leave(claim);
    check.look(there);
    expect(wrong).toHaveLength(1);
  });
});

test('fencing tokens rise, key by key', () => {
  const check = new Fences(tell);
  check.granted(new Map([['k', 1]]), false);
  check.granted(
    new Map([
      ['k', 2],
      ['m', 1],
    ]),
    false,
  );
  check.granted(new Map([['k', 1]]), true);
  expect(wrong).toEqual([]);
  check.granted(new Map([['k', 2]]), false);
  expect(wrong).toEqual(['S2: k got 2 after 2']);
});

test('a resource refuses whoever is late', () => {
  const resource = new Resource();
  expect([2, 2, 1, 3].map((token) => resource.write(new Map([['k', token]])))).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test('a script touches the locks of its tokens only', () => {
  const lock = { key: 'k', token: 'a', ttl: 10 };
  checkOwnership(['a'], [lock], [], tell);
  checkOwnership(['b'], [lock], [lock], tell);
  checkOwnership(['b'], [], [lock], tell);
  expect(wrong).toEqual([]);
  checkOwnership(['b'], [lock], [], tell);
  checkOwnership(['b'], [lock], [{ ...lock, token: 'b' }], tell);
  checkOwnership(['b'], [lock], [{ ...lock, ttl: 11 }], tell);
  expect(wrong).toHaveLength(3);
});

test('what is lost stays lost', () => {
  const check = new Finality(tell);
  const lock = { held: true };
  check.watch(lock);
  check.look();
  lock.held = false;
  check.look();
  expect(wrong).toEqual([]);
  lock.held = true;
  check.look();
  expect(wrong).toHaveLength(1);
});

test('a body starts once, with enough of its lease left', () => {
  const check = new Bodies(tell);
  check.start(1, 500, 500);
  check.start(2, 600, 500);
  expect(wrong).toEqual([]);
  check.start(1, 500, 500);
  check.start(3, 499, 500);
  expect(wrong).toHaveLength(2);
});

test('a call whose body has lost its lock is no success', () => {
  const check = new Bodies(tell);
  check.end(1, true);
  check.succeed(1);
  // It has rejected.
  check.end(2, false);
  expect(wrong).toEqual([]);
  check.end(3, false);
  check.succeed(3);
  expect(wrong).toEqual(['S7: call 3 is a success, whose body has lost its lock']);
});

test('a call settles within its timeout; what its process stood still does not count', () => {
  const call = { what: 'acquire', timeout: 1_000, rounds: 2, commandTimeout: 200, paused: 0 };
  checkSettling({ ...call, took: 1_250 }, tell);
  checkSettling({ ...call, took: 1_300, paused: 100 }, tell);
  checkSettling({ ...call, took: 650, timeout: 0 }, tell);
  checkSettling({ ...call, took: 850, timeout: 0, rounds: 3 }, tell);
  expect(wrong).toEqual([]);
  checkSettling({ ...call, took: 1_251 }, tell);
  checkSettling({ ...call, took: 651, timeout: 0 }, tell);
  expect(wrong).toHaveLength(2);
});

test('fencing tokens may be left, and no timer', () => {
  checkLeftovers(['{lock:k}:~v1:fence', 'lock:~memory'], [0, 0], tell);
  expect(wrong).toEqual([]);
  checkLeftovers(['lock:k', '{lock:k}:~v1:queue'], [0, 1], tell);
  expect(wrong).toHaveLength(3);
});
