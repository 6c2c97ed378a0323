/**
 * One process of the service. Run as many as you like against the same Redis.
 *
 * Environment: REDIS_URL · PORT (0: any free one) · LOCK=off runs without the lock · INQUIRY_MS, how long an inquiry takes ·
 * GRACE_MS, how long who has a lock may finish on SIGTERM · MEMBERS_KEY, where the members are
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis, setDefaultLocker } from 'latchkey';

import { createApp } from './app.js';
import { Members } from './members.js';
import { PossumLodge, PossumLodgeWithoutLock } from './possum-lodge.js';
import { connect } from './redis.js';

const { REDIS_URL = 'redis://127.0.0.1:6379', PORT = '3000' } = process.env;
const { LOCK = 'on', INQUIRY_MS = '50', GRACE_MS = '5000' } = process.env;
const { MEMBERS_KEY = 'possum-lodge:members' } = process.env;

const client = await connect(REDIS_URL);
// Somebody waits for the answer: rather tell them after 10 s to try again than let them wait for the default 40 s.
const locker = createLocker(nodeRedis(client), { timeout: 10_000 });
setDefaultLocker(locker);

const members = new Members(client, MEMBERS_KEY);
const Lodge = LOCK === 'off' ? PossumLodgeWithoutLock : PossumLodge;
const lodge = new Lodge(members, () => sleep(Number(INQUIRY_MS)));

const server = createApp(lodge, members).listen(Number(PORT), '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
console.log(`PossumLodge listens on http://127.0.0.1:${port}`);
// Tells a parent process, such as the demo, where to find this one, and of each time it gets a lock.
process.send?.({ port });
locker.on('granted', ({ waited }) => {
  process.send?.({ waited, grantedAt: performance.timeOrigin + performance.now() });
});

let closing = false;
// A kept-alive connection would keep the process for some seconds more: while closing, each goes with its last answer.
server.on('request', (_request, response) => {
  response.once('close', () => closing && server.closeIdleConnections());
});

async function shutdown(): Promise<void> {
  if (closing) return;
  closing = true;
  // From now on, new connections are refused.
  const stopped = once(server, 'close');
  server.close();
  // Who waits for a lock is refused, who has one may finish for a while; then no lock of this process is left in Redis.
  await locker.close({ grace: Number(GRACE_MS) });
  // The last answers are on their way, and those without a lock may need the client still.
  await stopped;
  await client.close();
  // No process.exit: nothing is left that would keep the process, and if something were, we would want to know.
}

process.on('SIGTERM', () => void shutdown());
process.on('SIGINT', () => void shutdown());
