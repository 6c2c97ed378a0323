import { createClient as createClient5 } from 'redis-5';

import { lockContract } from '../contracts/lock-contract.js';
import { nodeRedisBackend } from '../support/node-redis-backend.js';
import { tlsBackend } from '../support/node-redis-tls.js';
import { clusterBackend, poolBackend, sentinelBackend } from '../support/node-redis-topologies.js';
import { lockBackendOf } from '../support/store-backend.js';
import { whyNoTls } from '../support/tls-redis.js';

// What version 5 does otherwise is in the contracts of its adapter.
const VERSION = 'node-redis 6';

lockContract('node-redis 5', async () =>
  lockBackendOf(await nodeRedisBackend((options) => createClient5(options))),
);
lockContract(`${VERSION}, Cluster`, async () => lockBackendOf(await clusterBackend(VERSION)));
lockContract(`${VERSION}, Sentinel`, async () => lockBackendOf(await sentinelBackend(VERSION)));
lockContract(`${VERSION}, pool`, async () => lockBackendOf(await poolBackend(VERSION)));

const reason = whyNoTls();
(reason === undefined ? describe : describe.skip)(
  reason === undefined ? 'over TLS' : `over TLS (not here: ${reason})`,
  () => lockContract(`${VERSION}, TLS`, async () => lockBackendOf(await tlsBackend(VERSION))),
);
