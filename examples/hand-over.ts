/** How does one process take a lock, and another one go on under it? With the lock as text, in a job or a message. */
import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();
const [web, worker] = [createLocker(nodeRedis(client)), createLocker(nodeRedis(client))];

// The web process takes the lock, so that it can tell at once whether the import is under way already …
const lock = await web.acquire('import:7', { timeout: 0 });
const job = JSON.stringify({ customer: 7, lock: lock.serialize() });

// … and the worker does the work. Until it adopts the lock, nobody extends it: it lasts for the rest of its ttl. Whoever has
// the text can take the lock, so it belongs where your other secrets are, and not in a log.
const { customer, lock: text } = JSON.parse(job) as { customer: number; lock: string };
await using adopted = await worker.adopt(text);
console.log(`import ${customer}: the web process has it: ${lock.held}, the worker has it: ${adopted.held}`);
console.log(`fence is higher: ${adopted.fencingToken > lock.fencingToken}`);
await adopted.release();

await Promise.all([web.close(), worker.close()]);
await client.close();
