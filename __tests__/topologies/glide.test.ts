import { Decoder, ProtocolVersion } from '@valkey/valkey-glide';

import { createLocker, glide } from '../../src/index.js';
import { adapterContract as checksForAdapters } from '../../src/testing/index.js';
import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { GlideClients, glideBackend } from '../support/glide-backend.js';
import { startRedis } from '../support/redis-server.js';
import { storeOf } from '../support/store-backend.js';

adapterContract('valkey-glide 2', () => glideBackend());
replyContract('valkey-glide 2 that returns Buffers', () =>
  glideBackend({
    client: { defaultDecoder: Decoder.Bytes },
    subscriber: { defaultDecoder: Decoder.Bytes },
  }),
);
replyContract('valkey-glide 2, RESP 2', () => glideBackend({ client: { protocol: ProtocolVersion.RESP2 } }));

describe('the contract of latchkey/testing is kept by valkey-glide 2', () => {
  it.each(checksForAdapters)('$name', async (check) => {
    const backend = await glideBackend();
    await check.run(() => backend.open());
    await backend.stop();
  });
});

describe('glide without a subscriber', () => {
  it('lets those wait that other processes keep out, without a connection for messages', async () => {
    const server = await startRedis();
    const clients = new GlideClients(storeOf(server), [server.port]);
    const lockers = [createLocker(glide(await clients.one())), createLocker(glide(await clients.one()))];
    let inside = 0;
    let most = 0;
    let done = 0;
    const body = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
      done++;
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => lockers[i % 2]!.withLock('key', body)));
    expect({ most, done }).toEqual({ most: 1, done: 40 });
    expect(await server.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).toBe('');
    await Promise.all(lockers.map((locker) => locker.close()));
    await clients.closeAll();
  });
});
