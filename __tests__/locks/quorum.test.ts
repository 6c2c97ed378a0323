import { quorumLockContract } from '../support/quorum-backend.js';

quorumLockContract('node-redis 6', 1);
quorumLockContract('ioredis 6', 0);
quorumLockContract('ioredis 6', 1);
quorumLockContract('valkey-glide 2', 0);
quorumLockContract('valkey-glide 2', 1);
