// Holds many locks and lets many callers wait; on SIGTERM it closes as a service does, and tells what has become of all.
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now } from './witness.mjs';

const { holders, waiters, foreign, grace, exitCode } = JSON.parse(process.argv[2]);
if (exitCode !== undefined) process.exitCode = exitCode;

const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.error(error));
await client.connect();
const locker = createLocker(nodeRedis(client));

const events = {};
const count = (name, what) => {
  events[name] ??= {};
  events[name][what] = (events[name][what] ?? 0) + 1;
};
locker.on('lost', ({ reason }) => count('lost', reason));
locker.on('released', ({ outcome }) => count('released', outcome));
locker.on('failure', ({ reason }) => count('failure', reason));

const holding = [];
const signals = [];
const terminated = new Promise((resolve) => process.once('SIGTERM', () => resolve(now())));

/** Every second one needs a quarter of the grace for the rest of its work, if there is any; the others do not come to an end. */
function hold(number) {
  return new Promise((granted) => {
    const work = async ({ signal }) => {
      granted();
      if (grace > 0 && number % 2 === 0) {
        await terminated;
        await sleep(grace / 4);
        return 'finished';
      }
      await new Promise((aborted) => signal.addEventListener('abort', aborted, { once: true }));
      signals.push(signal.reason.reason);
      return 'finished too late';
    };
    holding.push(locker.withLock(`held-${number}`, work));
  });
}

const keys = [
  ...Array.from({ length: holders }, (_, i) => `held-${i}`),
  ...Array.from({ length: foreign }, (_, i) => `foreign-${i}`),
];
await Promise.all(Array.from({ length: holders }, (_, i) => hold(i)));
const ended = Promise.allSettled(holding);
const waiting = Array.from({ length: waiters }, (_, i) =>
  locker.withLock(keys[i % keys.length], () => undefined).catch(({ code }) => code),
);
const refused = Promise.all(waiting).then((codes) => ({ codes, at: now() }));
process.send({ event: 'ready' });

const at = await terminated;
await locker.close({ grace });
const closedIn = now() - at;
// The client is the program's own: it is open and of use.
const pong = await client.ping();
await client.close();

const outcomes = await ended;
const { codes, at: refusedAt } = await refused;
console.log(
  JSON.stringify({
    ...{ closedIn, pong, events, signals, refusedIn: refusedAt - at },
    refused: codes.filter((code) => code === 'LOCK_CLOSED').length,
    finished: outcomes.filter(({ value }) => value === 'finished').length,
    lost: outcomes.filter(({ reason }) => reason?.name === 'LockLostError' && reason.reason === 'closed')
      .length,
  }),
);
