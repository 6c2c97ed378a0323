// Cancels thousands of waiters in one tick, in the way that its argument names, and prints what has become of them.
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now } from './witness.mjs';

const KEY = 'door';
const [way, count] = [process.argv[2], Number(process.argv[3])];
const { AbortController } = globalThis;

async function connect() {
  const client = createClient({ url: process.env.REDIS_URL });
  client.on('error', (error) => console.error(error));
  return client.connect();
}

const client = await connect();
const locker = createLocker(nodeRedis(client));
// On a connection of its own, as that of another process.
const otherClient = await connect();
const other = createLocker(nodeRedis(otherClient));

/** Lets callers wait; `settled` gets a line for each as soon as it knows. */
function wait(signals, settled) {
  return signals.map((signal, number) =>
    locker.acquire(KEY, { signal }).then(
      (lock) => settled.push({ number, lock }),
      (error) => settled.push({ number, reason: error === signal.reason, code: error.code }),
    ),
  );
}

const queued = async () => (await client.sendCommand(['EXISTS', `{lock:${KEY}}:~v1:queue`])) === 1;
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const controllers = (shared) => {
  const [one] = Array.from({ length: 1 }, () => new AbortController());
  return Array.from({ length: count }, () => (shared ? one : new AbortController()));
};

/** How long a caller needs for the lock when it is free, in ms. */
async function reacquire() {
  const asked = now();
  await (await locker.acquire(KEY)).release();
  return now() - asked;
}

/** `timersBefore` and what is left when all have settled. */
async function storm(shared) {
  const held = await other.acquire(KEY);
  const timersBefore = timers();
  const aborts = controllers(shared);
  const signals = aborts.map(({ signal }) => signal);
  const settled = [];
  const all = wait(signals, settled);
  while (!(await queued())) await sleep(5);

  // One more than may wait: it is told at once, and nobody else notices.
  const refused = await locker.acquire(KEY).catch(({ code }) => code);
  const listening = Math.max(...signals.map((signal) => getEventListeners(signal, 'abort').length));

  const start = now();
  for (const abort of new Set(aborts)) abort.abort(new Error('called off'));
  await Promise.all(all);
  const took = now() - start;
  const listeners = signals.reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
  // What they left in Redis is taken back behind their backs; a close waits for that, and so does this.
  while (await queued()) await sleep(5);
  // On the same connection, and so behind the answer of that command, whose own timer is gone with it.
  const keys = (await client.keys('*')).filter((key) => !key.endsWith(':fence'));
  await nextTurn();
  const timersLeft = timers() - timersBefore;

  const outcome = await held.release();
  return {
    ...{ refused, listening, took, listeners, timersLeft, keys, outcome },
    reasons: settled.filter(({ reason }) => reason).length,
    inOrder: settled.every(({ number }, i) => number === i),
    again: await reacquire(),
  };
}

/** Aborts while the lock is on its way to the waiters: whoever gets it all the same gives it back. */
async function race(holder) {
  const report = { granted: 0, reasons: 0, others: 0, again: 0 };
  for (let round = 0; round < 30; round++) {
    const held = await holder.acquire(KEY);
    const aborts = controllers(true);
    const settled = [];
    const all = wait(
      aborts.map(({ signal }) => signal),
      settled,
    );
    while (holder !== locker && !(await queued())) await sleep(1);
    const granted = new Promise((resolve) => {
      const stop = locker.on('granted', () => (stop(), resolve()));
    });
    // In the tick of the release, in that of its answer, and in that of the grant, which is later for another process.
    const released = held.release();
    if (round % 3 === 1) await released;
    if (round % 3 === 2) await granted;
    aborts[0].abort(new Error('called off'));
    await Promise.all(all);
    for (const { lock, reason } of settled) {
      if (lock !== undefined) report.granted++;
      else if (reason) report.reasons++;
      else report.others++;
      await lock?.release();
    }
    report.again = Math.max(report.again, await reacquire());
  }
  return report;
}

const ways = {
  'one signal for all': () => storm(true),
  'a signal for each': () => storm(false),
  'a lock of this process': () => race(locker),
  'a lock of another process': () => race(other),
};

console.log(JSON.stringify(await ways[way]()));
await Promise.all([locker.close(), other.close()]);
await Promise.all([client.close(), otherClient.close()]);
