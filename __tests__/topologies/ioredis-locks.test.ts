import { Redis } from 'ioredis';

import { lockContract } from '../contracts/lock-contract.js';
import { ioredisBackend } from '../support/ioredis-backend.js';
import { lockBackendOf } from '../support/store-backend.js';

lockContract('ioredis 6', async () => lockBackendOf(await ioredisBackend((options) => new Redis(options))));
