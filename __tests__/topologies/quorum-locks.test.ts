import { quorumLockContract } from '../support/quorum-backend.js';

quorumLockContract('node-redis 6', 0);
