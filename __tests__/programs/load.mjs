// Callers that take locks again and again until they are told to stop; tells what each call saw and came to,
// and when the process stood still.
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient, createCluster } from 'redis';

import { pulse } from './pulse.mjs';
import { now, section } from './witness.mjs';

const { folder, keys, callers, body, options } = JSON.parse(process.argv[2]);
// Several are nodes of a Cluster.
const urls = process.env.REDIS_URL.split(',');
const client =
  urls.length === 1
    ? createClient({ url: urls[0] })
    : createCluster({
        rootNodes: urls.map((url) => ({ url })),
        topologyRefreshOnReconnectionAttemptStrategy: 200,
      });
client.on('error', () => undefined);
await client.connect();
const locker = createLocker(nodeRedis(client), options);
const stood = pulse();
const sections = [];
const errors = [];
let stopped = false;

// Who is told of a loss ends at once: up to then the lock was theirs.
const work = (signal) => sleep(body, undefined, { signal }).catch(() => undefined);

async function call(key) {
  const asked = now();
  let entered;
  try {
    await locker.withLock(key, async (lock) => {
      entered = now();
      const seen = await section(folder, lock, () => work(lock.signal));
      sections.push({ key, asked, ...seen });
    });
  } catch ({ name, code, reason, retryable, ownership, message }) {
    // Of a call that was refused: when. Of one that has run: no matter, since it ends when its body does.
    errors.push({ key, asked, entered, settled: now(), name, code, reason, retryable, ownership, message });
    // A server that refuses at once is not asked again at once.
    if (entered === undefined) await sleep(5);
  }
}

async function caller(number) {
  for (let round = 0; !stopped; round++) await call(keys[(number + round) % keys.length]);
}

let calls;
process.on('message', async ({ command }) => {
  if (command === 'go') {
    calls = Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
    return;
  }
  stopped = true;
  await calls;
  await locker.close();
  await client.close();
  process.send({ sections, errors, stood });
  process.disconnect();
});
process.send({ event: 'ready' });
