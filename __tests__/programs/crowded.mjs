// Many callers of one process, or many keys; prints what came of it. The collector of garbage can be called.
//   waiters N       N callers wait for one lock that somebody else has, and are served one after the other
//   keys N ROUNDS   N keys are held at once, and as many others after them, ROUNDS times in all
import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now } from './witness.mjs';

const [what, count, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

/** How many keys one call asks for at most. */
const LIST = 50;

async function connect() {
  const client = createClient({ url: process.env.REDIS_URL });
  client.on('error', (error) => console.error(error));
  return client.connect();
}

/** What is used when all that can be given back is given back, in bytes. */
function used() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const client = await connect();
const locker = createLocker(nodeRedis(client), { maxWaiters: 20_000, timeout: 60_000 });
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

async function waiters() {
  const otherClient = await connect();
  const other = createLocker(nodeRedis(otherClient));
  for (let i = 0; i < 200; i++) await locker.withLock('warm', () => undefined);
  const held = await other.acquire('door');
  const before = used();
  const order = [];
  const calls = Array.from({ length: count }, (_, i) => locker.withLock('door', () => void order.push(i)));
  while ((await client.sendCommand(['EXISTS', '{lock:door}:~v1:queue'])) === 0);
  const each = (used() - before) / count;
  const channels = await client.pubSubChannels();
  process.send({ waiting: true });
  await new Promise((resolve) => process.once('message', resolve));
  const start = now();
  await held.release();
  await Promise.all(calls);
  const took = now() - start;
  await other.close();
  await otherClient.close();
  return {
    each,
    channels: channels.length,
    took,
    served: order.length,
    inOrder: order.every((n, i) => n === i),
  };
}

async function keys() {
  const heaps = [];
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    const names = Array.from({ length: count }, () => `key-${last++}`);
    // At first each by itself; then in lists, which is sooner done.
    const lists = round === 0 ? names : Array.from({ length: count / LIST }, () => names.splice(0, LIST));
    const locks = await Promise.all(lists.map((keys) => locker.acquire(keys)));
    const outcomes = await Promise.all(locks.map((lock) => lock.release()));
    if (outcomes.some((outcome) => outcome !== 'released')) throw new Error('a lock was lost');
    // Behind the first rounds, in which code is compiled and buffers get their sizes, and at the end.
    if (round === 2 || round === rounds - 1) heaps.push(used());
  }
  return { heaps };
}

const before = timers();
const told = await (what === 'waiters' ? waiters() : keys());
const timersLeft = timers() - before;
await locker.close();
await client.close();
console.log(JSON.stringify({ ...told, timersLeft }));
process.disconnect?.();
