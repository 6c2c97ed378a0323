import { Redis as Redis6 } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';

import { type Adapter, ioredis } from '../../src/index.js';
import { adapterContract } from '../contracts/adapter-contract.js';
import { rejection } from '../support/deferred.js';
import { closed, ioredisSentinelBackend, ready, type TestedRedis } from '../support/ioredis-backend.js';
import { eventually } from '../support/pause.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { acquire, KEYS, release } from '../support/scripts.js';
import { useSubscriptions } from '../support/subscriptions.js';

const VERSIONS: [string, (options: object) => TestedRedis][] = [
  ['ioredis 6', (options) => new Redis6({ retryStrategy: () => 50, ...options })],
  ['ioredis 5', (options) => new Redis5({ retryStrategy: () => 50, ...options })],
];

for (const [version, make] of VERSIONS) {
  adapterContract(`${version}, Sentinel`, () => ioredisSentinelBackend(make), {
    'script cache': 'what the server answers does not depend on who leads to it',
    'error replies': 'the Sentinels would mend what is broken, or call another server the master',
    connections: 'those of one server, see below',
  });
}

describe.each(VERSIONS)('%s behind Sentinels', (_, make) => {
  let redis: RedisSentinel;
  const clients: TestedRedis[] = [];
  const subscribe = useSubscriptions();
  const keys = [KEYS.lock, KEYS.fence, KEYS.queue, KEYS.waiters];

  beforeAll(async () => {
    redis = await startSentinel();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map(closed));
    await redis.settled();
  });
  afterAll(() => redis.stop());

  async function open(options: object = {}): Promise<Adapter> {
    const client = make({ name: redis.name, sentinels: [...redis.addresses], ...options });
    clients.push(client);
    return ioredis(await ready(client));
  }
  const listeners = async (): Promise<string> =>
    String(await redis.command(await redis.master(), 'PUBSUB', 'NUMSUB', 'channel'));

  it('works, listens, and waits for replicas on the next master, and on the one after that', async () => {
    const adapter = await open({ failoverDetector: true });
    let heard = 0;
    const stop = await subscribe(adapter, 'channel', () => heard++);
    for (let round = 1; round <= 2; round++) {
      expect(await acquire(adapter, { ttl: 60_000 })).toMatchObject({ granted: true });
      // The Sentinels give the old master some 10 s before they make it a replica.
      expect(await adapter.waitReplicas!(keys, 1, 20_000)).toBe(1);
      await redis.failOver();
      const waited = await adapter.waitReplicas!(keys, 1, 500).catch((error: unknown) => error);
      expect(waited).toMatchObject({ message: expect.stringContaining('over another connection') });
      expect(await release(adapter)).toBe('released');
      expect(await acquire(adapter)).toMatchObject({ granted: true });
      expect(await redis.command(await redis.master(), 'EXISTS', 'key')).toBe(1);
      expect(await release(adapter)).toBe('released');
      await eventually(listeners, 'channel,1', 10_000);
      await redis.command(await redis.master(), 'PUBLISH', 'channel', 'message');
      await eventually(() => heard, round);
    }
    await stop();
    await eventually(listeners, 'channel,0');
  });

  it('listens again when the Sentinels are back, which nobody could ask meanwhile', async () => {
    const adapter = await open();
    let heard = 0;
    const stop = await subscribe(adapter, 'channel', () => heard++);
    const master = await redis.master();
    for (const node of redis.addresses.keys()) redis.sentinels.freeze(node);
    await redis.command(master, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    const abort = new AbortController();
    const another = rejection(adapter.subscribe('other', () => undefined, abort.signal));
    abort.abort(new Error('closed'));
    expect(await another).toMatchObject({ message: 'closed' });
    for (const node of redis.addresses.keys()) redis.sentinels.thaw(node);
    await eventually(listeners, 'channel,1', 15_000);
    await redis.command(master, 'PUBLISH', 'channel', 'message');
    await eventually(() => heard, 1);
    await stop();
    await eventually(listeners, 'channel,0');
  });
});
