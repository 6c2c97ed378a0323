import { EngineLocker } from '../../src/create-locker.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { readFailure } from '../../src/core/failure.js';
import type { Adapter, LockEvents } from '../../src/index.js';
import { everything } from '../support/everything.js';
import { pause } from '../support/pause.js';
import type { RedisServer } from '../support/redis-server.js';
import { acquire, extend, grant, KEYS, release } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

const TOKEN = 'SecretSecretSecretSecret123';
const PASSWORD = 'open sesame';

/** A state in which a server refuses: how it gets there and out again, and what it must be read as. */
interface Refusal {
  readonly code: string;
  readonly retryable: boolean;
  readonly state: string;
  enter(server: RedisServer): Promise<unknown>;
  leave?(server: RedisServer): Promise<unknown>;
}

const config = (name: string, value: string) => (server: RedisServer) =>
  server.command('CONFIG', 'SET', name, value);
const rights =
  (...rules: string[]) =>
  (server: RedisServer) =>
    server.command('ACL', 'SETUSER', 'user', 'reset', 'on', `>${PASSWORD}`, ...rules);

const REFUSALS: Refusal[] = [
  {
    code: 'WRONGTYPE',
    retryable: false,
    state: 'a list at the key',
    enter: (server) => server.command('RPUSH', 'key', 'element'),
  },
  {
    code: 'WRONGTYPE',
    retryable: false,
    state: 'a hash at the key',
    enter: (server) => server.command('HSET', 'key', 'field', 'value'),
  },
  {
    code: 'WRONGTYPE',
    retryable: false,
    state: 'a list at the fence key',
    async enter(server) {
      await server.command('DEL', KEYS.fence);
      await server.command('RPUSH', KEYS.fence, 'element');
    },
  },
  {
    code: 'BADFENCE',
    retryable: false,
    state: 'something else at the fence key',
    enter: (server) => server.command('SET', KEYS.fence, 'garbage'),
  },
  { code: 'NOPERM', retryable: false, state: 'no right to the key', enter: rights('+@all', '~other') },
  {
    code: 'NOPERM',
    retryable: false,
    state: 'no right to the keys beside it',
    enter: rights('+@all', '~key'),
  },
  {
    code: 'NOPERM',
    retryable: false,
    state: 'no right to EVALSHA',
    enter: rights('+@all', '-evalsha', '~*'),
  },
  {
    code: 'OOM',
    retryable: true,
    state: 'memory used up',
    enter: config('maxmemory', '1'),
    leave: config('maxmemory', '0'),
  },
  {
    code: 'NOREPLICAS',
    retryable: true,
    state: 'too few replicas',
    enter: config('min-replicas-to-write', '1'),
    leave: config('min-replicas-to-write', '0'),
  },
  {
    code: 'READONLY',
    retryable: true,
    state: 'a replica',
    enter: (server) => server.command('REPLICAOF', '127.0.0.1', '1'),
    leave: (server) => server.command('REPLICAOF', 'NO', 'ONE'),
  },
  {
    code: 'MASTERDOWN',
    retryable: true,
    state: 'a replica that refuses to be stale',
    async enter(server) {
      await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
      await server.command('REPLICAOF', '127.0.0.1', '1');
    },
    async leave(server) {
      await server.command('REPLICAOF', 'NO', 'ONE');
      await server.command('CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
    },
  },
  {
    code: 'BUSY',
    retryable: true,
    state: 'a script that does not end',
    async enter(server) {
      await server.command('CONFIG', 'SET', 'busy-reply-threshold', '10');
      const client = await server.client();
      client.eval('while true do end').catch(() => undefined);
      await pause(50);
    },
    leave: (server) => server.command('SCRIPT', 'KILL'),
  },
];

export function errorCases(use: UseBackend): void {
  let adapter: Adapter;

  const refusedWith = async (run: Promise<unknown>): Promise<unknown> => {
    const reply = await run.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    expect(reply).toHaveProperty('error');
    return 'error' in reply ? reply.error : undefined;
  };

  beforeEach(async () => {
    await rights('+@all', '~*', '&*')(use().server!);
    adapter = await use().open({ username: 'user', password: PASSWORD });
    // Both scripts are known before the server gets into its state.
    await grant(adapter, { token: TOKEN });
    await release(adapter, { token: TOKEN });
  });

  describe.each(REFUSALS)('$state', ({ code, retryable, enter, leave }) => {
    beforeEach(() => enter(use().server!));
    afterEach(() => leave?.(use().server!));

    it(`is told with the code ${code}`, async () => {
      const error = await refusedWith(acquire(adapter, { token: TOKEN }));
      expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`^${code}( |$)`)) as string });
      expect(readFailure(error, [TOKEN])).toMatchObject({ reason: code, retryable, outcome: 'not-done' });
    });

    it('makes an error of ours in which no token and no password shows', async () => {
      const locker = new EngineLocker(adapter, { prefix: '' }, { ...nodeEnvironment, newToken: () => TOKEN });
      const told: LockEvents[keyof LockEvents][] = [];
      for (const name of ['failure', 'refused'] as const) locker.on(name, (event) => told.push(event));
      const start = performance.now();
      // What does not pass is told at once, however long the caller would have waited.
      const error = await refusedWith(locker.acquire('key', { timeout: retryable ? 0 : 10_000 }));
      expect(performance.now() - start).toBeLessThan(2_000);
      expect(error).toMatchObject({
        name: 'LockBackendError',
        reason: code,
        retryable,
        ownership: 'never-held',
        unknownUntil: undefined,
      });
      expect(told).toHaveLength(2);
      for (const shown of [error, ...told]) {
        expect(everything(shown)).not.toContain(TOKEN);
        expect(everything(shown)).not.toContain(PASSWORD);
      }
    });
  });

  it('gives a held lock back while memory is used up', async () => {
    await acquire(adapter, { token: TOKEN });
    await config('maxmemory', '1')(use().server!);
    expect(await release(adapter, { token: TOKEN })).toBe('released');
    await config('maxmemory', '0')(use().server!);
  });

  it('leaves a key of another type as it is', async () => {
    await use().server!.command('RPUSH', 'key', 'element');
    await refusedWith(acquire(adapter, { token: TOKEN }));
    await refusedWith(release(adapter, { token: TOKEN }));
    // Who has held the lock there has lost it: that much is certain.
    expect(await extend(adapter, 60_000, { token: TOKEN })).toBe('lost');
    expect(await use().server!.command('LRANGE', 'key', '0', '-1')).toEqual(['element']);
    expect(await use().ttl('key')).toBe(-1);
  });

  it('does not try again by itself', async () => {
    const server = use().server!;
    await server.command('RPUSH', 'key', 'element');
    await server.command('CONFIG', 'RESETSTAT');
    await refusedWith(acquire(adapter, { token: TOKEN }));
    const info = (await server.command('INFO', 'commandstats')) as string;
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1]).toBe('1');
  });
}
