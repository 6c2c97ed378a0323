// Holds many locks at once, each through the address that the test names, and tells when each of them is lost.
//   { acquire, url, options }  is answered by { granted } and, when the lock is lost, by { lost, … }
//   { release }                is answered by { released, outcome }
//   { finish }                 is answered by { stood }: when this process stood still
import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { pulse } from './pulse.mjs';
import { now } from './witness.mjs';

const stood = pulse();
const lockers = new Map();
const clients = [];
const held = new Map();
/** Until when each key's holder believed in its lock, as it was told with the grant and each extension. */
const believed = new Map();

async function lockerAt(url) {
  if (!lockers.has(url)) {
    const client = createClient({ url });
    clients.push(client);
    // Links break in these tests.
    client.on('error', () => undefined);
    const locker = client.connect().then(() => createLocker(nodeRedis(client)));
    lockers.set(url, locker);
    (await locker).on('extended', ({ key, remaining }) => believed.set(key, now() + remaining));
  }
  return lockers.get(url);
}

async function acquire({ acquire: key, url, options }) {
  const lock = await (await lockerAt(url)).acquire(key, options);
  held.set(key, lock);
  const { signal, remaining, fencingToken } = lock;
  believed.set(key, now() + remaining);
  signal.addEventListener('abort', () => {
    const at = now();
    const wall = Date.now();
    const { reason } = signal.reason;
    process.send({ lost: key, at, wall, reason, held: lock.held, believedUntil: believed.get(key) });
  });
  process.send({ granted: key, at: now(), fencingToken });
}

process.on('message', async (message) => {
  if ('connect' in message) {
    await Promise.all(message.connect.map(lockerAt));
    process.send({ connected: true });
  }
  if ('acquire' in message) await acquire(message);
  if ('release' in message) {
    process.send({ released: message.release, outcome: await held.get(message.release).release() });
  }
  if ('finish' in message) {
    process.send({ stood });
    for (const locker of await Promise.all(lockers.values())) await locker.close({ grace: 0 });
    for (const client of clients) client.destroy();
    process.disconnect();
  }
});
process.send({ ready: true });
