// Uses a lock and then ends in the way that its argument names. Prints when it had nothing more to do.
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, memory, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const way = process.argv[2];

async function connect(onError = (error) => console.error(error)) {
  const client = createClient({ url: process.env.REDIS_URL });
  client.on('error', onError);
  return client.connect();
}

async function use(locker) {
  await Promise.all([1, 2, 3].map(() => locker.withLock('door', async () => undefined)));
  await locker.withLock('door', async () => {
    await locker.withLock('door', () => undefined, { timeout: 20 }).catch(() => undefined);
  });
}

/** Uses a locker that has to wait for another one, and so has a connection for messages. */
async function useAfterWaiting(client) {
  const locker = createLocker(nodeRedis(client));
  const held = await createLocker(nodeRedis(client)).acquire('door');
  const used = use(locker);
  while ((await client.pubSubChannels()).length === 0) await sleep(1);
  await held.release();
  await used;
}

const ways = {
  async 'closes locker and client'() {
    const client = await connect();
    const locker = createLocker(nodeRedis(client));
    await use(locker);
    await locker.close();
    await client.close();
  },
  async 'closes only the client'() {
    const client = await connect();
    await use(createLocker(nodeRedis(client)));
    await client.close();
  },
  async 'only unrefs the client'() {
    const client = await connect();
    await use(createLocker(nodeRedis(client)));
    client.unref();
  },
  async 'has waited and closes only the client'() {
    const client = await connect();
    await useAfterWaiting(client);
    await client.close();
  },
  async 'has waited and only unrefs the client'() {
    const client = await connect();
    await useAfterWaiting(client);
    client.unref();
  },
  async 'has waited, loses its server and closes only the client'() {
    const client = await connect(() => undefined);
    await useAfterWaiting(client);
    process.kill(Number(process.env.REDIS_PID), 'SIGKILL');
    while (client.isReady) await sleep(1);
    client.destroy();
  },
  async 'uses memory() and closes nothing'() {
    await use(createLocker(memory()));
  },
  async 'closes a memory() locker'() {
    const locker = createLocker(memory());
    await use(locker);
    await locker.close();
  },
  async 'holds a lock and only unrefs the client'() {
    const client = await connect();
    await createLocker(nodeRedis(client)).acquire('door');
    client.unref();
  },
  async 'holds a lock and closes only the client'() {
    const client = await connect();
    await createLocker(nodeRedis(client)).acquire('door');
    await client.close();
  },
  async 'holds a lock of memory()'() {
    await createLocker(memory()).acquire('door');
  },
  async 'calls process.exit(3) while it holds a lock'() {
    const client = await connect();
    await createLocker(nodeRedis(client)).acquire('door');
    process.exit(3);
  },
  async 'gets SIGTERM while it holds a lock, and handles no signal'() {
    const client = await connect();
    await createLocker(nodeRedis(client)).acquire('door');
    process.kill(process.pid, 'SIGTERM');
    await sleep(60_000);
  },
  async 'throws in a callback while it holds a lock'() {
    const client = await connect();
    await createLocker(nodeRedis(client)).acquire('door');
    process.nextTick(() => {
      throw new Error('from the callback');
    });
  },
  async 'leaves a rejection of the guarded work unhandled'() {
    const client = await connect();
    const work = async () => {
      throw new Error('from the work');
    };
    void createLocker(nodeRedis(client)).withLock('door', work);
  },
};

await ways[way]();
console.log(JSON.stringify({ doneAt: Number(process.hrtime.bigint()) / 1e6 }));
