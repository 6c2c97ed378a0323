import { killPrograms, Program } from '../programs/program.js';
import { startCluster } from '../support/redis-cluster.js';
import { startRedis } from '../support/redis-server.js';

/** Type-checked and built by `npm run build:examples`, which this run does first. */
const EXAMPLE = 'build/examples/topologies.js';

afterEach(killPrograms);

describe.each([
  ['one server', '', async () => (await startRedis()).url],
  ['a Cluster', '-cluster', async () => (await startCluster()).urls[1]!],
] as const)('the example of topologies, on %s', (_, suffix, start) => {
  let url: string;
  beforeAll(async () => {
    url = await start();
  });

  it.each(['node-redis', 'ioredis', 'glide'])('runs the same service with %s', async (client) => {
    const name = `${client}${suffix}`;
    const { code, signal, stdout, stderr } = await new Program(EXAMPLE, { REDIS_URL: url }, [name]).ended;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).toContain(`${name}: 10 calls at once, total 10\n`);
  });
});
