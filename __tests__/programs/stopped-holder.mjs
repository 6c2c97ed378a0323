// Holds a lock and is stopped, or stalls by itself, while it does; then it tells what it sees first, and goes on to write.
//   { key, options, stall, ask, rest }: with `stall`, it keeps its thread busy for so many ms; without, it goes on when it
//   notices that it was stopped for longer than its ttl. Then it does what `ask` says, and works for `rest` ms more.
//   Tells { inside }, { after } and { write }, waits for { written }, and ends with { result } or { error }.
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now } from './witness.mjs';

const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.error(error));
await client.connect();
const locker = createLocker(nodeRedis(client));
let onWritten = () => undefined;

/** Resolves in the turn in which the process goes on after it was stopped for longer than `ms`. */
async function stopped(ms) {
  for (let last = now(); ; last = now()) {
    await sleep(1);
    if (now() - last > ms) return;
  }
}

function stall(ms) {
  const end = now() + ms;
  while (now() < end);
}

/** Each asks in its own way whether the lock is still ours, before anything else has asked. */
const asks = {
  assertHeld(lock) {
    try {
      lock.assertHeld();
      return { first: 'held' };
    } catch ({ name, reason }) {
      return { first: name, reason };
    }
  },
  held: (lock) => ({ first: lock.held, remaining: lock.remaining }),
  // A timer that is set now is behind all that are due.
  signal: async (lock, signal) => {
    await sleep(0);
    return { first: signal.aborted, reason: signal.reason?.reason };
  },
  nothing: () => ({}),
};

async function work(lock, { options, stall: ms, ask, rest = 0 }) {
  const { signal, fencingToken } = lock;
  process.send({ inside: true, fencingToken, at: now() });
  if (ms === undefined) {
    await stopped(options.ttl);
  } else {
    await new Promise((resolve) => process.once('message', resolve));
    stall(ms);
  }
  const answer = asks[ask](lock, signal);
  // In the same turn as the end of the standstill, but for what waits for a later one by its nature.
  const seen = { ...(await answer), held: lock.held, aborted: signal.aborted };
  process.send({ after: true, at: now(), ...seen });
  await sleep(rest);
  process.send({ write: true, fencingToken });
  await new Promise((resolve) => (onWritten = resolve));
  return { heldAtEnd: lock.held };
}

process.on('message', async (message) => {
  if ('written' in message) onWritten();
  if ('close' in message) {
    await locker.close();
    await client.close();
    process.disconnect();
  }
  if ('key' in message) {
    const call = locker.withLock(message.key, (lock) => work(lock, message), message.options);
    const ended = await call.then(
      (result) => ({ result }),
      ({ name, code, reason }) => ({ error: { name, code, reason } }),
    );
    process.send({ ended: true, ...ended });
  }
});
process.send({ ready: true });
