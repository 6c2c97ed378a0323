// Several copies of the library want one lock: in threads of one process, or in processes of node:cluster.
//   argument: { as: 'threads' | 'cluster', copies, folder, key, rounds }
// Prints what all sections saw. Every second copy is the CommonJS build.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { createClient } from 'redis';

import { section } from './witness.mjs';

async function work({ folder, key, rounds, number }) {
  const { createLocker, nodeRedis } =
    number % 2 === 0 ? await import('latchkey') : createRequire(import.meta.url)('latchkey');
  const client = createClient({ url: process.env.REDIS_URL });
  client.on('error', (error) => console.error(error));
  await client.connect();
  const locker = createLocker(nodeRedis(client));
  const sections = [];
  const caller = async () => {
    for (let round = 0; round < rounds; round++) {
      sections.push(await locker.withLock(key, (lock) => section(folder, lock, () => sleep(1))));
    }
  };
  await Promise.all([caller(), caller()]);
  await locker.close();
  await client.close();
  return sections;
}

if (!isMainThread) {
  parentPort.postMessage(await work(workerData));
} else if (cluster.isWorker) {
  const sections = await work(JSON.parse(process.env.COPY));
  process.send(sections, () => process.disconnect());
} else {
  const { as, copies, ...rest } = JSON.parse(process.argv[2]);
  const start = (number) => {
    if (as === 'threads') return new Worker(new URL(import.meta.url), { workerData: { ...rest, number } });
    return cluster.fork({ COPY: JSON.stringify({ ...rest, number }) });
  };
  const others = Array.from({ length: copies - 1 }, (_, i) => once(start(i + 1), 'message'));
  const own = work({ ...rest, number: 0 });
  const told = await Promise.all(others);
  console.log(JSON.stringify([await own, ...told.map(([sections]) => sections)]));
}
