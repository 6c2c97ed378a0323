// Whatever node-redis makes is taken, as its types have it.
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import * as redis5 from 'redis-5';

import { nodeRedis } from 'latchkey';

const sentinels = { name: 'locks', sentinelRootNodes: [{ host: '127.0.0.1', port: 26379 }] };
const nodes = { rootNodes: [{ url: 'redis://127.0.0.1:6379' }] };

nodeRedis(createClient());
nodeRedis(createClient({ RESP: 2 }), { joins: false });
nodeRedis(createClientPool());
nodeRedis(createSentinel(sentinels));
nodeRedis(createCluster(nodes));

nodeRedis(redis5.createClient());
nodeRedis(redis5.createClientPool());
nodeRedis(redis5.createSentinel(sentinels));
nodeRedis(redis5.createCluster(nodes));

// @ts-expect-error -- not a client
nodeRedis({});
// @ts-expect-error -- a promise of a client: it must have been waited for
nodeRedis(createClient().connect());
