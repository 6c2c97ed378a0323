// Runs critical sections on three keys. Each proves with the file system, and not with Redis, that it is alone.
import { open, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const { folder, callers, sections, keys } = JSON.parse(process.argv[2]);
const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.error(error));
await client.connect();
const locker = createLocker(nodeRedis(client));

async function section(key) {
  const witness = join(folder, `${key}.witness`);
  // Fails when the file is there: somebody else is inside.
  await (await open(witness, 'wx')).close();
  const counter = join(folder, `${key}.counter`);
  const count = Number(await readFile(counter, 'utf8'));
  await sleep(1);
  await writeFile(counter, String(count + 1));
  await unlink(witness);
}

async function caller(number) {
  for (let i = 0; i < sections; i++) {
    const key = keys[(number + i) % keys.length];
    await locker.withLock(key, () => section(key));
  }
}

process.once('message', async () => {
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  await locker.close();
  await client.close();
});
process.send({ event: 'ready' });
