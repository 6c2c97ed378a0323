import { killPrograms, Program } from '../programs/program.js';
import { startCluster } from '../support/redis-cluster.js';
import { startSentinel } from '../support/redis-sentinel.js';
import { startRedis } from '../support/redis-server.js';
import { startServers } from '../support/several-servers.js';

/** Type-checked and built by `npm run build:examples`, which this run does first. */
const EXAMPLE = 'build/examples/topologies.js';

async function startSeveral(dead: number): Promise<string> {
  const servers = await startServers(3);
  await servers.trust();
  await Promise.all(servers.all.slice(0, dead).map((server) => server.kill()));
  return servers.all.map((server) => server.url).join();
}

async function startSentinels(): Promise<string> {
  const sentinel = await startSentinel();
  const first = sentinel.addresses[0]!;
  return `redis://${first.host}:${first.port}`;
}

afterEach(killPrograms);

describe.each<[string, string, string[], () => Promise<string>]>([
  ['nothing at all', '', ['memory'], async () => ''],
  ['one server', '', ['node-redis', 'ioredis', 'glide'], async () => (await startRedis()).url],
  ['a Cluster', '-cluster', ['node-redis', 'ioredis', 'glide'], async () => (await startCluster()).urls[1]!],
  ['Sentinels', '-sentinel', ['node-redis', 'ioredis'], startSentinels],
  ['3 servers', '-several', ['node-redis', 'ioredis'], () => startSeveral(0)],
  ['3 servers, 1 of them dead', '-several', ['node-redis', 'ioredis'], () => startSeveral(1)],
])('the example of topologies, on %s', (_, suffix, clients, start) => {
  let url: string;
  beforeAll(async () => {
    url = await start();
  });

  it.each(clients)('runs the same service with %s', async (client) => {
    const name = `${client}${suffix}`;
    const env = url === '' ? {} : { REDIS_URL: url };
    const { code, signal, stdout, stderr } = await new Program(EXAMPLE, env, [name]).ended;
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).toContain(`${name}: 10 calls at once, total 10\n`);
  });
});
