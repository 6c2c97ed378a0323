import { lockContract } from '../contracts/lock-contract.js';
import { clusterBackend, poolBackend, sentinelBackend } from '../support/node-redis-topologies.js';
import { lockBackendOf } from '../support/store-backend.js';

// What version 5 does otherwise is in the contracts of its adapter.
const VERSION = 'node-redis 6';

lockContract(`${VERSION}, Cluster`, async () => lockBackendOf(await clusterBackend(VERSION)));
lockContract(`${VERSION}, Sentinel`, async () => lockBackendOf(await sentinelBackend(VERSION)));
lockContract(`${VERSION}, pool`, async () => lockBackendOf(await poolBackend(VERSION)));
