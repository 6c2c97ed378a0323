// Callers that take random lists of keys, of which many share some, and prove for each key of a list that they are alone with it.
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now, section } from './witness.mjs';

const { folder, keys, callers, rounds, body, seed, options } = JSON.parse(process.argv[2]);
const client = createClient({ url: process.env.REDIS_URL });
client.on('error', () => undefined);
await client.connect();
const locker = createLocker(nodeRedis(client), options);
const sections = [];
const errors = [];

let state = seed;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}

/** One to four of the keys, in any order. */
function someKeys() {
  const left = [...keys];
  const count = 1 + Math.floor(random() * 4);
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
}

/** The section of the first key around that of the next one: so each key has its witness and its counter. */
function alone(lock, [key, ...more], asked) {
  const fencingToken = lock.fencingTokens.get(key);
  const inner = () => (more.length === 0 ? sleep(body) : alone(lock, more, asked));
  return section(folder, { key, fencingToken }, inner).then((seen) => sections.push({ ...seen, key, asked }));
}

async function caller() {
  for (let round = 0; round < rounds; round++) {
    const asked = now();
    const list = someKeys();
    await locker
      .withLock(list, (lock) => alone(lock, lock.keys, asked))
      .catch(({ code, message }) => errors.push({ code, message, list }));
  }
}

process.once('message', async () => {
  await Promise.all(Array.from({ length: callers }, caller));
  await locker.close();
  await client.close();
  process.send({ sections, errors });
});
process.send({ event: 'ready' });
