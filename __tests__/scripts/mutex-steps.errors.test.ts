import { createClient } from 'redis';

import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { dialectCases } from '../contracts/script-dialects.js';
import { nodeRedisBackend } from '../support/node-redis-backend.js';

let backend: AdapterBackend;
beforeAll(async () => {
  backend = await nodeRedisBackend((options) => createClient(options));
});
beforeEach(() => backend.clear());
afterAll(() => backend.stop());

dialectCases(() => backend);
