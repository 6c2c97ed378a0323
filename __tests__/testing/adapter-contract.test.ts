import { Redis } from 'ioredis';

import { type Adapter, ioredis, nodeRedis } from '../../src/index.js';
import { adapterContract } from '../../src/testing/index.js';
import { rejection } from '../support/deferred.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});

/** Closed behind each test. */
const clients: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

const ofNodeRedis = async (): Promise<Adapter> => nodeRedis(await server.client());
const ofIoredis = (): Adapter => {
  const client = new Redis(server.port, '127.0.0.1');
  clients.push(client);
  return ioredis(client);
};

describe.each([
  ['node-redis', ofNodeRedis],
  ['ioredis', ofIoredis],
])('the contract is kept by %s', (_, make) => {
  it.each(adapterContract)('$name', async (check) => {
    await check.run(make);
    // What is left are fencing tokens, which go by themselves.
    for (const key of (await server.command('KEYS', '*')) as string[]) {
      expect(key).toMatch(/:fence$/);
      expect(await server.command('PTTL', key)).toBeGreaterThan(0);
    }
  });
});

/** Of an adapter whose steps are not answered as they should be. */
const confused = (): Adapter => {
  const sound = ofIoredis();
  return { ...sound, run: (...call) => sound.run(...call).then(() => [0]) };
};

it('a check that fails closes what it has opened', async () => {
  const [check] = adapterContract.filter(({ name }) => name.startsWith('two programs'));
  await rejection(check!.run(confused));
  expect(await server.command('PUBSUB', 'CHANNELS', 'latchkey:*')).toEqual([]);
});
