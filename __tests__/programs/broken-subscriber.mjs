// Subscribes to an event with a function that throws, and uses a lock.
import { subscribe } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

let errors = 0;
let heard = 0;
if (process.argv[2] === 'handles') process.on('uncaughtException', () => errors++);

const client = createClient({ url: process.env.REDIS_URL });
await client.connect();
const locker = createLocker(nodeRedis(client));
subscribe('latchkey:granted', () => {
  throw new Error('broken subscriber');
});
subscribe('latchkey:granted', () => heard++);

const result = await locker.withLock('key', async () => {
  await nextTurn();
  return 'done';
});
const lock = await locker.acquire('key');
const outcome = await lock.release();
await locker.close();
await client.close();
await nextTurn();
console.log(JSON.stringify({ result, outcome, errors, heard }));
