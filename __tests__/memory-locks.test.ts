import { memory } from '../src/index.js';
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
