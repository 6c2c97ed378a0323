/** What is asked of a server about its memory, and what its answers lead to. */
import type { Adapter } from '../src/index.js';
import { warnOfEviction } from '../src/eviction.js';

/** A server that answers so, and the warnings that come of it. */
function server(answer: () => unknown) {
  const run = jest.fn(async (_script: { name: string }, _keys: unknown, _args: unknown) => answer());
  const warn = jest.fn();
  const adapter = { run } as unknown as Adapter;
  return { run, warn, adapter, ask: (key = 'lock:k') => warnOfEviction(adapter, key, warn) };
}

it.each(['allkeys-lru', 'volatile-ttl', 'odd'])(
  'a policy that may evict is warned of: %s',
  async (policy) => {
    const { ask, warn } = server(() => [1, policy]);
    await ask();
    expect(warn.mock.calls).toEqual([
      [
        `Redis may evict locks while they are held: its maxmemory-policy is ${policy}. Use noeviction where locks are`,
        'LATCHKEY_EVICTION',
      ],
    ]);
  },
);

it.each([
  [0, 'allkeys-lru'],
  [0, ''],
  [1, ''],
  [1, 'noeviction'],
])('%i bytes and the policy %j are no danger', async (most, policy) => {
  const { ask, run, warn } = server(() => [most, policy]);
  await ask();
  expect(run).toHaveBeenCalledTimes(1);
  expect(warn).not.toHaveBeenCalled();
});

it('each server is asked once, by the key that is locked first, whatever it has answered', async () => {
  const [one, other] = [server(() => [1, 'allkeys-lru']), server(() => 'nonsense')];
  for (const key of ['lock:a', 'lock:b']) await Promise.all([one.ask(key), one.ask(key), other.ask(key)]);
  for (const { run } of [one, other]) {
    expect(run).toHaveBeenCalledTimes(1);
    const [script, keys, args] = run.mock.calls[0]!;
    expect([script.name, keys, args]).toEqual(['server-memory', ['lock:a'], []]);
  }
  expect([one, other].map(({ warn }) => warn.mock.calls.length)).toEqual([1, 0]);
});

it('a server that fails, and a warning that does, harm nobody', async () => {
  const fail = (): never => {
    throw new Error('NOPERM');
  };
  const { ask, warn } = server(fail);
  await expect(ask()).resolves.toBeUndefined();
  expect(warn).not.toHaveBeenCalled();
  const synchronously = { run: fail } as unknown as Adapter;
  await expect(warnOfEviction(synchronously, 'lock:k', warn)).resolves.toBeUndefined();
  const warned = server(() => [1, 'allkeys-lru']);
  warned.warn.mockImplementation(fail);
  await expect(warned.ask()).resolves.toBeUndefined();
});
