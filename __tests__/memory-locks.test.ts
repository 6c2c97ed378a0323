import { createLocker, memory } from '../src/index.js';
import { lockContract } from './contracts/lock-contract.js';

lockContract('memory()', async () => {
  const adapter = memory();
  const { keyspace } = adapter;
  return {
    connect: async () => adapter,
    get: async (key) => keyspace.get(key),
    set: async (key, value, ttl) => void keyspace.set(key, value, ttl),
    delete: async (key) => void keyspace.delete(key),
    keys: async () => keyspace.keys(),
    stop: async () => undefined,
  };
});

it('leaves no lock behind, in whatever moment of a grant the locker is closed', async () => {
  for (let moment = 0; moment < 30; moment++) {
    const adapter = memory();
    const locker = createLocker(adapter);
    const acquired = locker.acquire('k').catch(() => undefined);
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    await locker.close({ grace: 0 });
    expect({ moment, left: adapter.keyspace.keys() }).toEqual({ moment, left: [] });
    expect((await acquired)?.held).not.toBe(true);
  }
});
