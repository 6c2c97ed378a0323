// Uses a locker in every way, closes it, and prints what of it is left in this process and of its connections.
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.error(error));
await client.connect();

async function look() {
  const connections = (await client.sendCommand(['CLIENT', 'LIST'])).trim().split('\n').length;
  return { connections, resources: process.getActiveResourcesInfo().sort() };
}

const before = await look();
const locker = createLocker(nodeRedis(client));
const { signal } = new globalThis.AbortController();

const work = () => nextTurn();
await Promise.all([1, 2, 3, 4, 5].map(() => locker.withLock('door', work, { signal })));
await locker.withLock('door', () =>
  locker.withLock('door', work, { timeout: 30, signal }).catch(() => undefined),
);
await locker.acquire('door', { signal }).then((lock) => lock.release());
await locker.tryAcquire('window');

// What is still going on while it closes: a holder that finishes, one that does not, and their waiters.
const finishing = await locker.acquire('gate', { signal });
const refused = ['gate', 'window'].flatMap((key) => [
  locker.withLock(key, work, { signal }).catch((error) => error.code),
  locker.withLock(key, work, { signal, timeout: Infinity }).catch((error) => error.code),
]);
void sleep(20).then(() => finishing.release());
await locker.close({ grace: 100 });

const after = await look();
const abortListeners = getEventListeners(signal, 'abort').length;
console.log(JSON.stringify({ before, after, abortListeners, refused: await Promise.all(refused) }));
await client.close();
