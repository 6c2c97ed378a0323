import { memory } from '../../../src/index.js';
import { adapterContract } from '../../contracts/adapter-contract.js';

adapterContract(
  'memory',
  async () => {
    const adapter = memory();
    const { keyspace } = adapter;
    return {
      open: async () => adapter,
      get: async (key) => keyspace.get(key),
      set: async (key, value, ttl) => void keyspace.set(key, value, ttl),
      delete: async (key) => void keyspace.delete(key),
      keys: async () => keyspace.keys(),
      ttl: async (key) => keyspace.ttl(key),
      publish: async (channel, message) => void keyspace.publish(channel, message),
      waiting: async ({ waiters }) => [...keyspace.fields(waiters)],
      enqueue: async ({ waiters }, token, note) => keyspace.setField(waiters, token, note),
      clear: async () => keyspace.keys().forEach((key) => keyspace.delete(key)),
      stop: async () => undefined,
    };
  },
  {
    'script cache': 'its scripts are functions of the process',
    'error replies': 'it has strings and hashes only, no other users, no replicas and no limit of memory',
    connections: 'a message goes straight to its listeners',
  },
);
