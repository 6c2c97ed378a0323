/** What went wrong? Telling a busy lock from a Redis that does not answer from a bad key. */
import { createLocker, isLockError, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

/** isLockError also knows errors of another copy of the package, where instanceof fails. */
async function explain(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (!isLockError(error)) throw error;
    switch (error.code) {
      case 'LOCK_TIMEOUT':
        return `busy, try again later: ${error.message}`;
      case 'LOCK_BACKEND':
        return `no lock service${error.retryable ? ' at the moment' : ''}: ${error.message}`;
      case 'LOCK_KEY':
        return `no key, by mistake or from a bad input: ${error.message}`;
      default:
        return `${error.code}: ${error.message}`;
    }
  }
}

const work = async (): Promise<string> => 'worked';
const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();
const locker = createLocker(nodeRedis(client));

{
  await using _held = await locker.acquire('report');
  console.log(await explain(() => locker.withLock('report', work, { timeout: 100 })));
}
console.log(await explain(() => locker.withLock('', work)));

// Nobody listens on this port: the work does not run, and once the timeout has passed the caller is told why.
const nowhere = createClient({ url: 'redis://127.0.0.1:1' });
nowhere.on('error', () => undefined);
nowhere.connect().catch(() => undefined);
console.log(await explain(() => createLocker(nodeRedis(nowhere)).withLock('report', work, { timeout: 100 })));
nowhere.destroy();

await locker.close();
console.log(await explain(() => locker.withLock('report', work)));
await client.close();
