/** What becomes of single steps on their way to a virtual Redis, and in which order. */
import { mutexAcquire, mutexAcquireAll, mutexRelease, serverMemory } from '../../src/scripts/generated.js';
import { settle, VirtualEnvironment } from '../../src/testing/virtual-environment.js';
import { connect, VirtualRedis } from '../../src/testing/virtual-redis.js';

const lockKeys = (lock: string): string[] => [
  `p:${lock}`,
  `${lock}:fence`,
  `${lock}:queue`,
  `${lock}:waiters`,
];

/** A virtual Redis, and programs that send single steps to it. */
function world() {
  const environment = new VirtualEnvironment();
  const redis = new VirtualRedis(
    () => environment.wall,
    (ms) => new Promise((resolve) => void environment.timers.set(resolve, ms)),
  );
  /** What came of whose steps, in the order in which it came. */
  const told: string[] = [];
  const note = (who: string, reply: Promise<unknown>): void => {
    const tell = (what: unknown): void => void told.push(`${who}: ${String(what)}`);
    reply.then(
      (all) => tell(([...(all as unknown[])][1] as unknown[])[0] === 1 ? 'done' : 'not done'),
      (error: unknown) => tell((error as Error).message),
    );
  };
  const program = (name: string) => {
    const adapter = connect(redis, 'p:');
    const args = [name, '60000', name, '1'];
    return {
      adapter,
      acquire: (lock: string) =>
        note(name, adapter.run(mutexAcquire, lockKeys(lock), [...args, '', 'nonce'])),
      acquireAll: (...locks: string[]) =>
        note(
          name,
          adapter.run(mutexAcquireAll, locks.flatMap(lockKeys), [String(locks.length), ...args, 'nonce']),
        ),
      release: (lock: string) => note(name, adapter.run(mutexRelease, lockKeys(lock), [name, 'nonce'])),
    };
  };
  return { environment, redis, told, program };
}

const REFUSED = expect.objectContaining({ message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' }) as unknown;

it('a connection takes the steps of several locks at once', () => {
  expect(world().program('a').adapter.joins).toBe(true);
});

it('steps are done in the order in which they were sent, whoever has sent them', async () => {
  const { redis, told, program } = world();
  const [a, b] = [program('a'), program('b')];
  a.release('k');
  a.acquire('k');
  b.acquire('k');
  await settle();
  expect([told, redis.holder('k')]).toEqual([['a: not done', 'a: done', 'b: not done'], 'a']);
});

describe('a late step', () => {
  it('is waited for by what the same program sends for the same lock, and by nothing else', async () => {
    const { environment, redis, told, program } = world();
    const [a, b] = [program('a'), program('b')];
    redis.delay('request', 100);
    a.acquire('k');
    a.release('k');
    a.acquire('other');
    a.acquireAll('third', 'k');
    await settle();
    expect(told).toEqual(['a: done']);
    b.acquire('k');
    b.release('k');
    await environment.pass(99);
    expect(told.slice(1)).toEqual(['b: done', 'b: done']);
    await environment.pass(1);
    expect(told.slice(3)).toEqual(['a: done', 'a: done', 'a: done']);
    expect([redis.holder('k'), redis.holder('third'), environment.pending]).toEqual(['a', 'a', []]);
  });

  it('holds nobody up once it has arrived', async () => {
    const { environment, redis, told, program } = world();
    const [a, b] = [program('a'), program('b')];
    redis.delay('request', 100);
    a.release('k');
    await environment.pass(100);
    a.acquire('k');
    b.acquire('k');
    await settle();
    expect(told).toEqual(['a: not done', 'a: done', 'b: not done']);
  });

  it('behind another late one is waited for when the first has arrived', async () => {
    const { environment, redis, told, program } = world();
    const { acquire, release } = program('a');
    redis.delay('request', 100, 2);
    acquire('k');
    release('k');
    await environment.pass(150);
    expect(told).toEqual(['a: done']);
    release('k');
    await environment.pass(49);
    expect(told).toEqual(['a: done']);
    await environment.pass(1);
    expect(told).toEqual(['a: done', 'a: done', 'a: not done']);
  });

  it('that is refused in the end holds nobody up', async () => {
    const { environment, redis, told, program } = world();
    const { acquire } = program('a');
    redis.delay('reply', 100);
    acquire('k');
    acquire('k');
    await environment.pass(50);
    redis.down();
    await environment.pass(50);
    expect(told).toEqual(['a: connect ECONNREFUSED', 'a: connect ECONNREFUSED']);
    redis.up();
    expect(redis.holder('k')).toBe('a');
    acquire('k');
    await settle();
    expect(told.at(-1)).toBe('a: done');
  });
});

it.each(['request', 'reply'] as const)('a %s that is late by nothing arrives at once', async (what) => {
  const { environment, redis, told, program } = world();
  redis.delay(what, 0);
  program('a').acquire('k');
  await settle();
  expect([told, environment.pending]).toEqual([['a: done'], []]);
});

it.each(['request', 'reply'] as const)(
  'a %s that is lost never arrives, and holds nobody up',
  async (what) => {
    const { environment, redis, told, program } = world();
    const { acquire } = program('a');
    redis.lose(what);
    acquire('k');
    await settle();
    expect(redis.holder('k')).toBe(what === 'reply' ? 'a' : undefined);
    acquire('k');
    await settle();
    expect([told, environment.pending]).toEqual([['a: done'], []]);
  },
);

describe('while it is down', () => {
  it('steps are refused, and what is to go wrong with them is kept for those that reach it', async () => {
    const { redis, told, program } = world();
    const { acquire } = program('a');
    redis.refuse('NOPERM');
    redis.down();
    acquire('k');
    await settle();
    redis.up();
    acquire('k');
    acquire('k');
    await settle();
    expect(told).toEqual(['a: connect ECONNREFUSED', 'a: NOPERM', 'a: done']);
  });

  it('nobody can subscribe, and nobody learns of its settings', async () => {
    const { redis, program } = world();
    const { adapter } = program('a');
    redis.down();
    await expect(adapter.subscribe('channel', () => undefined)).rejects.toEqual(REFUSED);
    await expect(adapter.run(serverMemory, [], [])).rejects.toEqual(REFUSED);
    redis.up();
    await adapter.subscribe('channel', () => undefined);
    expect(await adapter.run(serverMemory, [], [])).toEqual([0, 'noeviction']);
  });

  it('messages are lost that were on their way', async () => {
    const { redis, program } = world();
    const { adapter, acquire, release } = program('a');
    const heard: string[] = [];
    const handOver = async (): Promise<void> => {
      acquire('k');
      await adapter.run(mutexAcquire, lockKeys('k'), ['next', '60000', 'who', '1', 'channel', 'nonce']);
      release('k');
      await settle();
      redis.up();
      program('next').release('k');
      await settle();
    };
    const stop = await adapter.subscribe('channel', () => heard.push('first'));
    await adapter.subscribe('channel', () => heard.push('second'));
    await handOver();
    expect(heard).toEqual(['first', 'second']);
    await stop();
    await adapter.subscribe('channel', () => heard.push('third'));
    await handOver();
    expect(heard).toEqual(['first', 'second', 'second', 'third']);
    await adapter.subscribe('channel', () => redis.down());
    await adapter.subscribe('channel', () => heard.push('too late'));
    await handOver();
    expect(heard).toEqual(['first', 'second', 'second', 'third', 'second', 'third']);
  });
});

it('a server asked for its settings is no step: nothing of what is to go wrong befalls it', async () => {
  const { redis, told, program } = world();
  const { adapter, acquire } = program('a');
  redis.refuse('NOPERM');
  expect(await adapter.run(serverMemory, [], [])).toEqual([0, 'noeviction']);
  acquire('k');
  await settle();
  expect(told).toEqual(['a: NOPERM']);
});

it('whoever holds a lock is named in full, and what latchkey did not write has no name', async () => {
  const { redis, program } = world();
  const { adapter } = program('a');
  const holderOf = async (token: string, who: string): Promise<string | undefined> => {
    await adapter.run(mutexAcquire, lockKeys(token), [token, '60000', who, '1', '', 'nonce']);
    return redis.holder(token);
  };
  expect(await holderOf('token', 'host/1 of 12 two\nlines ')).toBe('host/1 of 12 two\nlines ');
  expect(await holderOf('token-of-nobody', '')).toBe('');
  expect(await holderOf('no token', 'host/1 name')).toBe('somebody else');
  expect(await holderOf(' no-token', 'host/1 name')).toBe('somebody else');
});
