import { Cluster, Redis as Redis6 } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';

import { lockContract } from '../contracts/lock-contract.js';
import { ioredisBackend, ioredisClusterBackend, ioredisSentinelBackend } from '../support/ioredis-backend.js';
import { lockBackendOf } from '../support/store-backend.js';

lockContract('ioredis 5', async () => lockBackendOf(await ioredisBackend((options) => new Redis5(options))));
lockContract('ioredis 6, Cluster', async () =>
  lockBackendOf(await ioredisClusterBackend((nodes) => new Cluster(nodes))),
);
lockContract('ioredis 6, Sentinel', async () => {
  const make = (options: object) => new Redis6({ retryStrategy: () => 50, ...options });
  return lockBackendOf(await ioredisSentinelBackend(make));
});
