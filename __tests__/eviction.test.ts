import { createLocker, nodeRedis } from '../src/index.js';
import { EngineLocker } from '../src/create-locker.js';
import { nodeEnvironment } from '../src/node-environment.js';
import { serverMemory } from '../src/kinds/server-memory.js';
import { eventually, pause } from './support/pause.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});

/** The warnings of a locker after it has taken locks, and what else it has asked of the server. */
async function warningsOf(user?: { username: string; password: string }): Promise<string[]> {
  const warnings: string[] = [];
  const warn = (message: string, code: string): void => void warnings.push(`${code}: ${message}`);
  const adapter = nodeRedis(await server.client(user));
  for (let i = 0; i < 2; i++) {
    const locker = new EngineLocker(adapter, {}, { ...nodeEnvironment, warn });
    await locker.withLock('a', () => undefined);
    await locker.withLock('b', () => undefined);
    await pause(20);
    await locker.close();
  }
  return warnings;
}

async function memory(most: string, policy: string): Promise<void> {
  await server.command('CONFIG', 'SET', 'maxmemory', most, 'maxmemory-policy', policy);
}

it.each(['volatile-ttl', 'allkeys-lru', 'volatile-random'])(
  'warns once of a server that evicts: %s',
  async (policy) => {
    await memory('100mb', policy);
    const warning = `its maxmemory-policy is ${policy}. Use noeviction where locks are`;
    expect(await warningsOf()).toEqual([
      `LATCHKEY_EVICTION: Redis may evict locks while they are held: ${warning}`,
    ]);
  },
);

it.each([
  ['has no limit', '0', 'allkeys-lru'],
  ['evicts nothing', '100mb', 'noeviction'],
])('says nothing of a server that %s', async (_, most, policy) => {
  await memory(most, policy);
  expect(await warningsOf()).toEqual([]);
});

it('says nothing where it may not ask', async () => {
  await memory('100mb', 'allkeys-lru');
  await server.command('ACL', 'SETUSER', 'user', 'on', '>secret', '~*', '&*', '+@all', '-info');
  expect(await warningsOf({ username: 'user', password: 'secret' })).toEqual([]);
});

it('is a warning of the process', async () => {
  await memory('100mb', 'allkeys-lru');
  const emitted = jest.spyOn(process, 'emitWarning').mockReturnValue();
  await using locker = createLocker(nodeRedis(await server.client()));
  await locker.withLock('k', () => undefined);
  await eventually(() => emitted.mock.calls.length, 1);
  const details = { type: 'LatchkeyWarning', code: 'LATCHKEY_EVICTION' };
  expect(emitted).toHaveBeenCalledWith(expect.stringContaining('Redis may evict locks'), details);
  emitted.mockRestore();
});

it('reads no other reply', () => {
  for (const reply of [undefined, [], [1], ['1', 'lru'], [1, 2], 'OK']) {
    expect(() => serverMemory('k').read(reply)).toThrow(
      'the reply of the script server-memory is not {integer, string}',
    );
  }
});
