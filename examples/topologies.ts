/**
 * How does the same service run on another client, or on a Cluster? By another line where its locker is made: the service
 * does not know.
 *
 *   node build/examples/topologies.js [node-redis | ioredis | glide | node-redis-cluster | ioredis-cluster | glide-cluster]
 *
 * REDIS_URL is the server, or any node of the Cluster.
 */
import { GlideClient, GlideClusterClient } from '@valkey/valkey-glide';
import { Cluster, Redis } from 'ioredis';
import { type Adapter, createLocker, glide, ioredis, nodeRedis, setDefaultLocker, WithLock } from 'latchkey';
import { createClient, createCluster } from 'redis';

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

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const { hostname: host, port } = new URL(url);
const address = { host, port: Number(port) };

/** An adapter on a client, and how the client, which is yours, is closed. */
type Opened = readonly [adapter: Adapter, close: () => unknown];

/** The line that differs, for each client and topology. */
const open: Record<string, () => Promise<Opened>> = {
  async 'node-redis'() {
    const client = await createClient({ url }).on('error', console.error).connect();
    return [nodeRedis(client), () => client.close()];
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
  async 'ioredis-cluster'() {
    const client = new Cluster([address]).on('error', console.error);
    return [ioredis(client), () => client.quit()];
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
