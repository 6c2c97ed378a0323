import { memory } from '../../../src/index.js';
import { twins } from '../../../src/adapters/memory/twins.js';
import * as scripts from '../../../src/scripts/generated.js';
import { compareWorlds, FAR } from '../../contracts/twins.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { realWorld, type World } from '../../support/worlds.js';

describe('the twins of the scripts', () => {
  let server: RedisServer;
  let real: World;
  beforeAll(async () => {
    server = await startRedis();
    real = await realWorld(server);
  });
  afterAll(() => real.close());

  it('are there for every script', () => {
    expect([...twins.keys()].sort()).toEqual(
      Object.values(scripts)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('refuse a script that they do not know', async () => {
    const unknown = { ...scripts.mutexAcquire, name: 'unknown' };
    await expect(memory().run(unknown, ['key'], [])).rejects.toThrow(
      'ERR memory() does not know the script unknown',
    );
  });

  it('answer, tell and leave behind what a real server does, whatever the order of the commands', async () => {
    const { replies, told } = await compareWorlds(server, real, { numRuns: 60 });
    // The lists are no proof if they never get far.
    for (const reply of FAR) expect(replies).toMatch(reply);
    expect(told).toBeGreaterThan(5);
    // No promise is about how long a machine takes for thousands of commands: this ends a run that hangs.
  }, 180_000);
});
