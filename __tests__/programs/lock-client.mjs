// A locker in a process of its own, driven by messages: { id, command, … } is answered by { id, … }.
import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const now = () => Number(process.hrtime.bigint()) / 1e6;

const client = createClient({ url: process.env.REDIS_URL });
client.on('error', (error) => console.error(error));
await client.connect();
const locker = createLocker(nodeRedis(client));
locker.on('waiting', ({ key }) => process.send({ event: 'waiting', key }));

const held = new Map();

const commands = {
  async acquire({ key, options }) {
    const lock = await locker.acquire(key, options);
    held.set(key, lock);
    const fencingToken = lock.fencingTokens.get(lock.keys[0]);
    return { granted: true, fencingToken, remaining: lock.remaining };
  },
  async release({ key }) {
    const lock = held.get(key);
    return { heldBefore: lock.held, outcome: await lock.release() };
  },
  async withLock({ key, options }) {
    let ran = false;
    try {
      await locker.withLock(key, () => (ran = true), options);
    } catch (error) {
      return { ran, ...describe(error) };
    }
    return { ran };
  },
  async close() {
    await locker.close();
    await client.close();
    return {};
  },
};

function describe(error) {
  const { name, code, key, message, waited } = error;
  return { error: { name, code, key, message, waited } };
}

process.on('message', async ({ id, command, ...details }) => {
  const startedAt = now();
  const result = await commands[command](details).catch(describe);
  process.send({ id, startedAt, endedAt: now(), ...result });
  if (command === 'close') process.disconnect();
});
process.send({ event: 'ready' });
