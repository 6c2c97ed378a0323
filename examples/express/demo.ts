/**
 * `npm run demo`: what the lock is for, on a real Redis.
 *
 * Two processes of the service get 50 requests at once, all for one phone number: first without the lock, then with it.
 * Ends with code 0 only if the lock held. `npm run --silent demo -- --json` prints one line of JSON instead of the table.
 */
import { randomUUID } from 'node:crypto';

import { type Service, startLodge, startRedis } from './processes.js';
import { connect } from './redis.js';
import { type Round, summary, table } from './report.js';

const REQUESTS = 50;
const json = process.argv.includes('--json');
const say = (text: string): void => {
  if (!json) console.log(text);
};

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
const { signal } = interruption;

async function round(url: string, lock: 'on' | 'off'): Promise<Round> {
  // A Redis of yours may have members already: this round has a list of its own, which it takes away again.
  const key = `possum-lodge:demo:${randomUUID()}`;
  const env = { REDIS_URL: url, LOCK: lock, MEMBERS_KEY: key };
  const client = await connect(url);
  try {
    await using first = await startLodge(env, signal);
    await using second = await startLodge(env, signal);
    const start = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: REQUESTS }, (_, i) => join(i % 2 === 0 ? first : second, `Possum ${i}`)),
    );
    const ms = performance.now() - start;
    return { statuses, created: await client.lLen(key), ms, grants: [first.grants, second.grants] };
  } finally {
    await client.del(key);
    await client.close();
  }
}

async function join(lodge: Service, name: string): Promise<number> {
  const response = await fetch(`${lodge.url}/members`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber: '+61 491 570 006', name }),
    signal,
  });
  await response.body?.cancel();
  return response.status;
}

try {
  await using redis = await startRedis(signal);
  say(
    `Redis at ${redis.url}. Two processes of the service, ${REQUESTS} requests at once for one phone number.`,
  );
  say('Without the lock ...');
  const withoutLock = summary(await round(redis.url, 'off'));
  say('With @WithLock ...');
  const withLock = summary(await round(redis.url, 'on'));
  console.log(json ? JSON.stringify({ withoutLock, withLock }) : table({ withoutLock, withLock }));
  if (withLock.created !== 1 || withLock.failed > 0) throw new Error('The lock did not hold.');
  if (withoutLock.created < 2) throw new Error('There was no race to protect from: this run shows nothing.');
} catch (error) {
  console.error(signal.aborted ? (signal.reason as Error).message : error);
  process.exitCode = 1;
}
