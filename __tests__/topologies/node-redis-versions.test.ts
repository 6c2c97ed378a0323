import { createClient, RESP_TYPES } from 'redis';
import { createClient as createClient5 } from 'redis-5';

import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { joined } from '../support/joined.js';
import { nodeRedisBackend } from '../support/node-redis-backend.js';
import { poolBackend } from '../support/node-redis-topologies.js';

const buffers = {
  [RESP_TYPES.BLOB_STRING]: Buffer,
  [RESP_TYPES.SIMPLE_STRING]: Buffer,
  [RESP_TYPES.NUMBER]: String,
};

adapterContract('node-redis 6, joined calls', async () => {
  const backend = await nodeRedisBackend((options) => createClient(options));
  return { ...backend, scripts: 1, open: async (user) => joined(await backend.open(user)) };
});
replyContract('node-redis 6, RESP 2', () =>
  nodeRedisBackend((options) => createClient({ ...options, RESP: 2 })),
);
replyContract('node-redis 6 that returns Buffers and numbers as text', () =>
  nodeRedisBackend((options) => createClient({ ...options, commandOptions: { typeMapping: buffers } })),
);
replyContract('node-redis 6, a pool', () => poolBackend('node-redis 6'));
adapterContract('node-redis 5', () => nodeRedisBackend((options) => createClient5(options)));
replyContract('node-redis 5, RESP 3', () =>
  nodeRedisBackend((options) => createClient5({ ...options, RESP: 3 })),
);
