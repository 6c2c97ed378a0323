import { createSentinel } from 'redis';

import { eventually } from '../support/pause.js';
import { startSentinel } from '../support/redis-sentinel.js';

describe('the Sentinels of the tests', () => {
  it('lead a client to the master, and to the next one when that is gone with what its replica has not got', async () => {
    const redis = await startSentinel();
    expect(await redis.master()).toBe(0);
    const client = createSentinel({ name: redis.name, sentinelRootNodes: [...redis.addresses] });
    client.on('error', () => undefined);
    await client.connect();
    await client.set('before', 'value');
    await eventually(() => redis.command(1, 'GET', 'before'), 'value');
    await redis.cutReplicas(0);
    await client.set('after', 'value');
    await redis.kill(0);
    await redis.promoted(1);
    expect([await client.get('before'), await client.get('after')]).toEqual(['value', null]);
    await client.destroy();
  });

  it('make the other server the master without losing anything', async () => {
    const redis = await startSentinel();
    await redis.command(0, 'SET', 'key', 'value');
    await redis.failOver();
    expect(await redis.master()).toBe(1);
    expect(await redis.command(1, 'GET', 'key')).toBe('value');
    await redis.stop();
    await redis.stop();
  });

  it('can all be killed, and come back with what they knew', async () => {
    const redis = await startSentinel();
    await Promise.all([0, 1, 2].map((sentinel) => redis.sentinels.kill(sentinel)));
    await Promise.all([0, 1, 2].map((sentinel) => redis.sentinels.start(sentinel)));
    await redis.settled();
    expect(await redis.master()).toBe(0);
  });
});
