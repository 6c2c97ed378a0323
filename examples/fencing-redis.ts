/** How do I keep a late holder from spoiling a hash in Redis? A small script compares its fencing token and writes. */
import { fileURLToPath } from 'node:url';

import { createLocker, type Lock, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

type Client = Awaited<ReturnType<typeof connect>>;

async function connect(url: string) {
  const client = createClient({ url });
  client.on('error', console.error);
  return client.connect();
}

// Tokens are exact in Lua's numbers. As text, '9' would come after '10'.
const CLAIM = `
  local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0)
  if last > tonumber(ARGV[1]) then return 0 end
  redis.call('HSET', KEYS[1], 'fence', ARGV[1])
  return 1`;

const WRITE = `
  local last = tonumber(redis.call('HGET', KEYS[1], 'fence') or 0)
  if last ~= tonumber(ARGV[1]) then return 0 end
  redis.call('HSET', KEYS[1], 'balance', ARGV[2])
  return 1`;

/** Before a section reads: from now on no earlier holder can write. @returns false when a later one has been there */
export async function claim(client: Client, key: string, fence: number): Promise<boolean> {
  return (await client.eval(CLAIM, { keys: [key], arguments: [String(fence)] })) === 1;
}

/** Any write after the claim. @returns false when a later holder has claimed the hash */
export async function change(client: Client, key: string, balance: number, fence: number): Promise<boolean> {
  return (await client.eval(WRITE, { keys: [key], arguments: [String(fence), String(balance)] })) === 1;
}

/** Two holders of one lock: the first is paused until the second is done. A test puts a write that does not check here. */
export async function main(url: string, print: (line: string) => void = console.log, write = change) {
  const client = await connect(url);
  // Not extended: the holder that pauses here stands for one whose whole process does.
  const locker = createLocker(nodeRedis(client), { ttl: 200, extend: false });
  const account = 'account:ada';
  await client.hSet(account, { balance: 100 });

  async function withdraw(who: string, amount: number, pause?: Promise<void>): Promise<void> {
    const work = async (lock: Lock): Promise<void> => {
      if (!(await claim(client, account, lock.fencingToken)))
        throw new Error('a later holder has claimed it');
      const balance = Number(await client.hGet(account, 'balance'));
      // As if the process stood still. That happens anywhere, also right after a look at lock.held.
      if (pause !== undefined) print(`${who}: lock.held is ${lock.held}, but now it is paused`);
      await pause;
      const written = await write(client, account, balance - amount, lock.fencingToken);
      print(`${who}: lock.held is ${lock.held}, write ${written ? 'accepted' : 'refused as stale'}`);
    };
    // Else the call would reject when the lock was lost. What counts here is what the data says.
    await locker.withLock(account, work, { onLost: 'abort' });
  }

  let wake = (): void => undefined;
  const late = withdraw('first', 30, new Promise((resolve) => (wake = resolve)));
  // Gets the lock when the first one's has expired.
  await withdraw('second', 50);
  wake();
  await late;
  print(`balance: ${await client.hGet(account, 'balance')}`);

  await client.del(account);
  await locker.close();
  await client.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void main(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
}
