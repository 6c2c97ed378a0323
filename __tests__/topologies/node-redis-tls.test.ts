import { connect } from 'node:net';

import { createLocker, nodeRedis } from '../../src/index.js';
import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { rejection } from '../support/deferred.js';
import { everything } from '../support/everything.js';
import { tlsBackend, tlsClient } from '../support/node-redis-tls.js';
import { startTlsRedis, TLS_USER, whyNoTls } from '../support/tls-redis.js';

const reason = whyNoTls();
const about = (title: string): string => (reason === undefined ? title : `${title} (not here: ${reason})`);

(reason === undefined ? describe : describe.skip)(about('over TLS, with a user and a password'), () => {
  adapterContract('node-redis 6, TLS', () => tlsBackend('node-redis 6'));
  replyContract('node-redis 5, TLS', () => tlsBackend('node-redis 5'));

  it('the server talks to nobody without TLS on that port, and lets nobody lock without a password', async () => {
    const redis = await startTlsRedis();
    const socket = connect(redis.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('PING\r\n');
    const heard: Buffer[] = [];
    socket.on('data', (data: Buffer) => heard.push(data));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(heard).toString()).not.toContain('PONG');

    const client = tlsClient('node-redis 6', redis, { username: TLS_USER.username, password: 'wrong word' });
    const told = new Promise((resolve) => client.once('error', resolve));
    client.on('error', () => undefined);
    // It goes on trying, until it is destroyed.
    client.connect().catch(() => undefined);
    expect(everything(await told)).toMatch(/WRONGPASS/);
    const locker = createLocker(nodeRedis(client));
    const refused = await rejection(locker.acquire('key', { timeout: 100 }));
    expect(refused).toMatchObject({ code: 'LOCK_BACKEND' });
    expect(everything(refused)).not.toContain('wrong word');
    await locker.close();
    if (client.isOpen) client.destroy();
  });
});
