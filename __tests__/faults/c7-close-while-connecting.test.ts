import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';
import { createClient as createClient5 } from 'redis-5';

import { nodeRedis } from '../../src/index.js';
import { delay, startProxy } from '../support/fault-proxy.js';
import { closeLinked, directLocker, linkedLocker } from '../support/linked.js';
import { eventually, pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

/** Longer than a connection needs to be made, in ms. */
const MADE = 1_000;

const redis = sharedRedis();

afterEach(closeLinked);

/** How many channels of latchkey somebody listens to. */
const channels = async (): Promise<number> =>
  ((await redis().command('PUBSUB', 'CHANNELS', 'latchkey:*')) as string[]).length;

test('C7 R1: lockers that close while their cut links are made again leave no connection for messages', async () => {
  const direct = await directLocker(redis());
  const held = await direct.acquire('taken');
  // The client's first pause is 0 to 300 ms, and then the handshake takes two round trips of the link.
  const moments = [0, 50, 100, 150, 200, 300, 400, 500, 600, 700];
  const links = await Promise.all(
    moments.map(() => linkedLocker(redis(), { timeout: 20_000, commandTimeout: 100 })),
  );
  const calls = links.map(({ locker }) => locker.acquire('taken').catch(() => undefined));
  await eventually(channels, moments.length);
  await Promise.all(
    links.map(async ({ locker, proxy }, i) => {
      proxy.set({ toServer: delay(100), toClient: delay(100) });
      proxy.cut();
      await pause(moments[i]!);
      await locker.close({ grace: 0 });
      await calls[i];
    }),
  );
  await sleep(MADE);
  expect(await channels()).toBe(0);
  expect(links.map(({ proxy }) => proxy.links.length)).toEqual(moments.map(() => 1));
  expect(await held.release()).toBe('released');
});

// A client of node-redis that is destroyed between the call of connect() and its end connects all the same, subscribes
// again, and stays; `isOpen` is false then, and `isReady` true. So the adapter must not destroy it in that moment.
test.each([
  ['6', createClient],
  ['5', createClient5 as unknown as typeof createClient],
])(
  'C7 R1: a subscription that ends while its connection is being made leaves none: node-redis %s',
  async (_, create) => {
    const proxy = await startProxy(redis().port);
    const client = create({ url: proxy.url });
    client.on('error', () => undefined);
    await client.connect();
    const duplicate = client.duplicate.bind(client);
    let end = (): void => undefined;
    client.duplicate = ((...options: []) => {
      const copy = duplicate(...options);
      copy.once('reconnecting', () => process.nextTick(end));
      return copy;
    }) as typeof client.duplicate;
    const stop = await nodeRedis(client).subscribe('latchkey:test', () => undefined);
    end = () => void stop();
    expect(await channels()).toBe(1);
    proxy.cut();
    await sleep(MADE);
    const left = await channels();
    client.destroy();
    await proxy.close();
    expect(left).toBe(0);
  },
);
