import { createClient } from 'redis';

import { lockContract } from './contracts/lock-contract.js';
import { nodeRedisBackend } from './support/node-redis-backend.js';
import { lockBackendOf } from './support/store-backend.js';

lockContract('node-redis 6', async () =>
  lockBackendOf(await nodeRedisBackend((options) => createClient(options))),
);
