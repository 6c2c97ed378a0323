import { lockContract } from '../contracts/lock-contract.js';
import { clusterBackend, poolBackend, sentinelBackend, versions } from '../support/node-redis-topologies.js';
import { lockBackendOf } from '../support/store-backend.js';

for (const version of versions) {
  lockContract(`${version}, Cluster`, async () => lockBackendOf(await clusterBackend(version)));
  lockContract(`${version}, Sentinel`, async () => lockBackendOf(await sentinelBackend(version)));
  lockContract(`${version}, pool`, async () => lockBackendOf(await poolBackend(version)));
}
