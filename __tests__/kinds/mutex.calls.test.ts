/** What is the same of all calls of a mutex, and calls of several locks. */
import { mutex } from '../../src/kinds/mutex.js';
import { mutexSteps } from '../../src/scripts/generated.js';

const TOKEN = 'SecretSecretSecretSecret123';
const keys = { lock: 'lock:key', fence: 'its fence', queue: 'its queue', waiters: 'its waiters' };
const tenure = { keys, token: TOKEN, ttl: 20_000, who: 'host/1 Class.method', sections: 11 };
const AT = 1_700_000_000_000_000;

const acquire = () => mutex.acquire(tenure, undefined);

it('takes the reply that came first when two say the same', () => {
  const taking = mutex.acquire(tenure, undefined);
  for (const reply of [
    { granted: true, fence: 7, at: AT },
    { granted: false, ttlLeft: 5, holder: 'one', heldFor: undefined, at: AT },
  ] as const)
    expect(taking.merge(reply, { ...reply })).toBe(reply);
});

it('says what to make of a call without an answer, and what must not show', () => {
  const { raise } = mutex.acquire(tenure, undefined);
  const adopting = mutex.adopt(tenure, 'former');
  const calls = [
    mutex.acquire(tenure, undefined),
    mutex.acquireAll([tenure]),
    adopting,
    mutex.extend(tenure, 1, 7),
    mutex.release(tenure),
    raise!({ granted: true, fence: 7, at: AT })!,
  ];
  expect(calls.map(({ inDoubt }) => inDoubt)).toEqual([
    ...['refused', 'refused'],
    ...['failed', 'failed', 'failed', 'failed'],
  ]);
  // Of two that adopt the same lock, the first one has it on all servers.
  expect(calls.map(({ inTurn }) => inTurn === true)).toEqual(calls.map((call) => call === adopting));
  for (const { secrets } of calls) expect(secrets).toContain(TOKEN);
});

it('takes several locks with the keys of all, and reads which one is in the way', () => {
  const other = { ...tenure, keys: { ...keys, lock: 'lock:other' } };
  const { args, keys: all, read } = mutex.acquireAll([tenure, other]);
  expect(all).toEqual([...acquire().keys, 'lock:other', ...acquire().keys.slice(1)]);
  expect(args).toEqual(['2', TOKEN, '20000', 'host/1 Class.method', '11']);
  expect(read([1, AT, 7, 8])).toEqual({ granted: true, fences: [7, 8] });
  const busy = { granted: false, ttlLeft: 5, holder: 'who', heldFor: undefined, at: AT };
  for (const index of [0, 1]) expect(read([0, index, 5, 'who', AT])).toEqual({ ...busy, index });
  for (const reply of [
    undefined,
    [],
    { 0: 0, 1: 0, 2: 5, 3: 'who', 4: AT, length: 5 },
    [2, 0, 5, 'who', AT],
    [1, 0, 5, 'who', AT],
    [0, '0', 5, 'who', AT],
    [0, 0.5, 5, 'who', AT],
    [0, -1, 5, 'who', AT],
    [0, 2, 5, 'who', AT],
    [0, 0, '5', 'who', AT],
    [0, 0, 5, 'who'],
    [2, AT, 7, 8],
    [1, -1, 7, 8],
    [1, AT, 7],
    [1, AT, 7, 8, 9],
    [1, AT, 7, 0],
  ]) {
    expect(() => read(reply)).toThrow(
      'the reply of the script mutex-acquire-all is not {1, 3 integers} or {0, integer, integer, string, integer}',
    );
  }
});

it('joins calls to one, and takes only as many replies as there are calls', () => {
  const { script, keys: all, args, read } = mutex.join([acquire(), mutex.release(tenure)]);
  expect(script).toBe(mutexSteps);
  expect(all).toEqual([...acquire().keys, ...acquire().keys]);
  expect(args).toEqual(['mutex-acquire', ...acquire().args, 'mutex-release', TOKEN]);
  expect(read([[1, 7, AT], 'ERR'])).toEqual([[1, 7, AT], 'ERR']);
  for (const reply of [undefined, [], [[1]], [[1], [1], [1]], { length: 2 }])
    expect(() => read(reply)).toThrow('the reply of the script mutex-steps is not one reply for each step');
});
