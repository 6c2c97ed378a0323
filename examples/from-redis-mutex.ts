/** What is this in latchkey? The code of docs/from-redis-mutex.md, for those who know the Elixir library redis_mutex. */
import { fileURLToPath } from 'node:url';

import {
  createLocker,
  isLockError,
  type Locker,
  memory,
  nodeRedis,
  type ReleaseOutcome,
  setDefaultLocker,
  WithLock,
} from 'latchkey';
import { createClient } from 'redis';

type Client = Awaited<ReturnType<typeof connect>>;

interface Member {
  phoneNumber: string;
  name: string;
}

async function connect(url: string) {
  const client = createClient({ url });
  client.on('error', console.error);
  return client.connect();
}

function useLatchkey(client: Client): Locker {
  const locker = createLocker(nodeRedis(client), { prefix: '' });
  setDefaultLocker(locker);
  return locker;
}

class PossumLodge {
  readonly members = new Map<string, string>();

  // Waits 40 s at the longest, as with_lock does without a timeout.
  @WithLock((member: Member) => member.phoneNumber)
  async addMember(member: Member): Promise<boolean> {
    if (this.members.has(member.phoneNumber)) return false;
    this.members.set(member.phoneNumber, member.name);
    return true;
  }

  // Waits 5 s at the longest.
  @WithLock((phoneNumber: string) => phoneNumber, 5_000)
  async removeMember(phoneNumber: string): Promise<boolean> {
    return this.members.delete(phoneNumber);
  }
}

async function renameMember(locker: Locker, lodge: PossumLodge, member: Member): Promise<string> {
  return locker.withLock(
    member.phoneNumber,
    async () => {
      lodge.members.set(member.phoneNumber, member.name);
      return `now ${member.name}`;
    },
    { timeout: 5_000 },
  );
}

async function closeTheBooks(locker: Locker): Promise<string> {
  await using lock = await locker.acquire('books', { timeout: 5_000 });
  return lock.held ? 'closed in time' : 'closed too late';
}

async function sweepUnlessSwept(locker: Locker): Promise<string> {
  const lock = await locker.tryAcquire('sweep');
  if (lock === null) return 'somebody else sweeps';
  await lock.release();
  return 'swept';
}

async function countVotes(locker: Locker, count: () => Promise<void>): Promise<ReleaseOutcome> {
  const lock = await locker.acquire('votes', { ttl: 10_000 });
  try {
    await count();
  } finally {
    await lock.release();
  }
  // A second call does nothing but tell the outcome again. 'lost': the count took longer than the ttl.
  return lock.release();
}

async function overrun(client: Client, locker: Locker): Promise<string> {
  // As if the ttl had passed and somebody else had the key: their value is not ours to delete.
  const outcome = await countVotes(locker, async () => {
    await client.set('votes', '5d4b5b1e-77ff-11f1-8de9-0242ac120002', { PX: 20_000 });
  });
  return `${outcome}, and ${(await client.del('votes')) === 1 ? 'left' : 'deleted'} the other one's value`;
}

async function statusOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 200;
  } catch (error) {
    if (isLockError(error) && error.code === 'LOCK_TIMEOUT') return 409;
    if (isLockError(error) && error.code === 'LOCK_BACKEND') return 503;
    throw error;
  }
}

async function testWithoutRedis(): Promise<boolean[]> {
  setDefaultLocker(createLocker(memory()));
  const lodge = new PossumLodge();
  const member = { phoneNumber: '+61 491 570 156', name: 'Ada' };
  const added = await Promise.all([lodge.addMember(member), lodge.addMember(member)]);
  setDefaultLocker(undefined);
  return added;
}

/** Runs all of it, and leaves nothing in Redis. */
export async function main(url: string, print: (line: string) => void = console.log): Promise<void> {
  const client = await connect(url);
  const locker = useLatchkey(client);
  const lodge = new PossumLodge();
  const ada = { phoneNumber: '+61 491 570 006', name: 'Ada' };

  print(`addMember: ${await lodge.addMember(ada)}, then ${await lodge.addMember(ada)}`);
  print(`renameMember: ${await renameMember(locker, lodge, { ...ada, name: 'Grace' })}`);
  print(`removeMember: ${await lodge.removeMember(ada.phoneNumber)}`);
  print(`closeTheBooks: ${await closeTheBooks(locker)}`);
  print(`sweepUnlessSwept: ${await sweepUnlessSwept(locker)}`);
  const sweeping = await locker.acquire('sweep');
  print(`sweepUnlessSwept: ${await sweepUnlessSwept(locker)}`);
  print(`statusOf: ${await statusOf(locker.acquire('sweep', { timeout: 50 }))}`);
  await sweeping.release();
  print(`countVotes: ${await countVotes(locker, async () => undefined)}`);
  print(`overrun: ${await overrun(client, locker)}`);

  await locker.close();
  await client.close();
  print(`testWithoutRedis: ${(await testWithoutRedis()).join(', ')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void main(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
}
