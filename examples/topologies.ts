/**
 * How does the same service run on another client, or on a Cluster? By another line where its locker is made: the service
 * does not know.
 *
 *   node build/examples/topologies.js [one of the names below]
 *
 * REDIS_URL is the server, any node of the Cluster, or a Sentinel, which calls the master `locks`; or several servers,
 * with commas between them.
 */
import { GlideClient, GlideClusterClient } from '@valkey/valkey-glide';
import { Cluster, Redis } from 'ioredis';
import {
  type Adapter,
  createLocker,
  glide,
  ioredis,
  memory,
  nodeRedis,
  setDefaultLocker,
  WithLock,
} from 'latchkey';
import { createClient, createCluster, createSentinel } from 'redis';

/** The service: the same for all of them. */
class Counter {
  #total = 0;

  @WithLock('total')
  async add(n: number): Promise<number> {
    const before = this.#total;
    await new Promise((resolve) => setTimeout(resolve, 5)); // Here another call would get in between.
    return (this.#total = before + n);
  }
}

const urls = (process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379').split(',');
const [url = ''] = urls;
const { hostname: host, port } = new URL(url);
const address = { host, port: Number(port) };

/** An adapter on a client, and how the client, which is yours, is closed. */
type Opened = readonly [adapter: Adapter | Adapter[], close: () => unknown];

/** The line that differs, for each client and topology. */
const open: Record<string, () => Promise<Opened>> = {
  async 'node-redis'() {
    const client = await createClient({ url }).on('error', console.error).connect();
    return [nodeRedis(client), () => client.close()];
  },
  async 'node-redis-sentinel'() {
    const client = await createSentinel({ name: 'locks', sentinelRootNodes: [address] })
      .on('error', console.error)
      .connect();
    return [nodeRedis(client), () => client.close()];
  },
  async 'node-redis-several'() {
    // One that can not be reached is no reason not to begin, and none to print it for ever.
    const clients = urls.map((each) => createClient({ url: each }).on('error', () => undefined));
    for (const client of clients) client.connect().catch(() => undefined);
    return [clients.map((client) => nodeRedis(client)), () => clients.forEach((client) => client.destroy())];
  },
  async 'node-redis-cluster'() {
    const client = await createCluster({ rootNodes: [{ url }] })
      .on('error', console.error)
      .connect();
    return [nodeRedis(client), () => client.close()];
  },
  async ioredis() {
    const client = new Redis(url).on('error', console.error);
    return [ioredis(client), () => client.quit()];
  },
  async 'ioredis-sentinel'() {
    const client = new Redis({ name: 'locks', sentinels: [address] }).on('error', console.error);
    return [ioredis(client), () => client.quit()];
  },
  async 'ioredis-several'() {
    const clients = urls.map((each) => new Redis(each).on('error', () => undefined));
    return [clients.map((client) => ioredis(client)), () => clients.forEach((client) => client.disconnect())];
  },
  async 'ioredis-cluster'() {
    const client = new Cluster([address]).on('error', console.error);
    return [ioredis(client), () => client.quit()];
  },
  async memory() {
    return [memory(), () => undefined];
  },
  async glide() {
    const settings = { addresses: [address], requestTimeout: 2_000 };
    const client = await GlideClient.createClient(settings);
    const subscriber = () => GlideClient.createClient(settings);
    return [glide(client, { subscriber }), () => client.close()];
  },
  async 'glide-cluster'() {
    const settings = { addresses: [address], requestTimeout: 2_000, inflightRequestsLimit: 10_000 };
    const client = await GlideClusterClient.createClient(settings);
    const subscriber = () => GlideClusterClient.createClient(settings);
    return [glide(client, { subscriber }), () => client.close()];
  },
};

const name = process.argv[2] ?? 'node-redis';
const opener = open[name];
if (opener === undefined) throw new Error(`there is no ${name}; there are ${Object.keys(open).join(', ')}`);

const [adapter, close] = await opener();
const locker = createLocker(adapter);
setDefaultLocker(locker);

const counter = new Counter();
await Promise.all(Array.from({ length: 10 }, () => counter.add(1)));
console.log(`${name}: 10 calls at once, total ${await counter.add(0)}`);

await locker.close();
await close();
