/**
 * `npm run demo`: what the lock is for, on a real Redis.
 *
 * Two processes of the service get 50 requests at once, all for one phone number: first with the lock, then without.
 */
import { type Service, startLodge, startRedis } from './processes.js';

const REQUESTS = 50;

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
const { signal } = interruption;

interface Outcome {
  readonly members: number;
  readonly joined: number;
  readonly alreadyMember: number;
  readonly ms: number;
}

async function round(redis: Service, lock: 'on' | 'off'): Promise<Outcome> {
  const env = { REDIS_URL: redis.url, LOCK: lock };
  await using first = await startLodge(env, signal);
  await using second = await startLodge(env, signal);

  // Another number for each round, so that the rounds do not see each other's members.
  const phoneNumber = lock === 'on' ? '+61 491 570 006' : '+61 491 570 156';
  const start = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, (_, i) =>
      join(i % 2 === 0 ? first : second, phoneNumber, `Possum ${i}`),
    ),
  );
  const ms = performance.now() - start;

  const members = await (await fetch(`${first.url}/members`, { signal })).json();
  const count = (status: number): number => statuses.filter((each) => each === status).length;
  return {
    members: (members as { phoneNumber: string }[]).filter((member) => member.phoneNumber === phoneNumber)
      .length,
    joined: count(201),
    alreadyMember: count(409),
    ms,
  };
}

async function join(lodge: Service, phoneNumber: string, name: string): Promise<number> {
  const response = await fetch(`${lodge.url}/members`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber, name }),
    signal,
  });
  await response.body?.cancel();
  return response.status;
}

function report(title: string, { members, joined, alreadyMember, ms }: Outcome): void {
  const others = REQUESTS - joined - alreadyMember;
  console.log(`\n${title}: ${members} ${members === 1 ? 'member' : 'members'} with this phone number`);
  console.log(`  ${joined} joined, ${alreadyMember} were told "already a member", ${others} failed`);
  console.log(`  ${Math.round(ms)} ms for ${REQUESTS} requests`);
}

try {
  await using redis = await startRedis(signal);
  console.log(`Two processes of the service, ${REQUESTS} requests at once for one phone number`);
  const locked = await round(redis, 'on');
  report('With @WithLock', locked);
  const unlocked = await round(redis, 'off');
  report('Without it', unlocked);
  if (locked.members !== 1 || unlocked.members < 2) throw new Error('this is not what the lock promises');
} catch (error) {
  console.error(signal.aborted ? (signal.reason as Error).message : error);
  process.exitCode = 1;
}
