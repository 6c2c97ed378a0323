import { Redis } from 'ioredis-5';

import { adapterContract } from '../contracts/adapter-contract.js';
import { ioredisBackend } from '../support/ioredis-backend.js';

adapterContract('ioredis 5', () => ioredisBackend((options) => new Redis(options)));
