// Callers that take one key again and again, from a start that all processes make together; tells what each section saw.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

import { now, section } from './witness.mjs';

const { folder, key, callers, rounds, body } = JSON.parse(process.argv[2]);
const client = createClient({ url: process.env.REDIS_URL });
client.on('error', () => undefined);
await client.connect();
const locker = createLocker(nodeRedis(client));
const sections = [];
// Even the shortest body lets go of the processor, or nobody could come between its reading and its writing.
const run = body === 0 ? () => nextTurn() : () => sleep(body);

async function caller() {
  for (let round = 0; round < rounds; round++) {
    const asked = now();
    const done = await locker.withLock(key, (lock) => section(folder, lock, run));
    sections.push({ ...done, asked });
  }
}

process.once('message', async () => {
  await Promise.all(Array.from({ length: callers }, caller));
  await locker.close();
  await client.close();
  process.send({ sections });
});
process.send({ event: 'ready' });
