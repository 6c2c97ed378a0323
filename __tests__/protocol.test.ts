import { createClient } from 'redis';

import { createLocker, nodeRedis } from '../src/index.js';
import { read } from './support/pages.js';
import { eventually } from './support/pause.js';
import { startRedis } from './support/redis-server.js';

const PASSWORD = 'secret';

/** The rights that the protocol's page asks for, word by word. */
const rights = (): string[] =>
  /An ACL user needs:\n\n```\n(.*)\n```/.exec(read('docs/protocol.md'))![1]!.split(' ');

describe('docs/protocol.md', () => {
  it('names rights that are enough: locks are taken, passed on by message and given back', async () => {
    const server = await startRedis();
    await server.command('ACL', 'SETUSER', 'locker', 'reset', 'on', `>${PASSWORD}`, ...rights());
    const client = createClient({ url: server.url, username: 'locker', password: PASSWORD });
    client.on('error', () => undefined);
    await client.connect();
    expect(await client.sendCommand(['ACL', 'WHOAMI']).catch(String)).toContain('NOPERM');
    const [first, second] = [createLocker(nodeRedis(client)), createLocker(nodeRedis(client))];
    const failures: unknown[] = [];
    for (const locker of [first, second]) locker.on('failure', (failure) => failures.push(failure));

    const held = await first.acquire('key');
    const waiting = second.acquire('key');
    const contended = first.acquire('{key}');
    await (await contended).release();
    await eventually(() => server.command('EXISTS', '{lock:key}:~v1:queue'), 1);
    const released = performance.now();
    await held.release();
    await (await waiting).release();
    // By message: a look would have come 500 ms after the one before it at the earliest.
    expect(performance.now() - released).toBeLessThan(250);
    expect(failures).toEqual([]);
    await Promise.all([first.close(), second.close()]);
    client.destroy();

    const denied = (await server.command('ACL', 'LOG')) as unknown[][];
    // What node-redis sends by itself when it connects, and this test's own question.
    const commands = denied.map((entry) => String(entry[entry.indexOf('object') + 1]));
    expect(commands.filter((command) => !/^(client\|setinfo|acl\|whoami|client)/.test(command))).toEqual([]);
  });

  it('names no right that is not needed', () => {
    const scripts = [
      read('src/scripts/parts/mutex.lua'),
      read('src/scripts/parts/acquire.lua'),
      read('src/scripts/parts/release.lua'),
      read('src/scripts/parts/extend.lua'),
      read('src/scripts/parts/adopt.lua'),
      read('src/scripts/parts/raise.lua'),
      read('src/scripts/parts/remember.lua'),
      read('src/scripts/server-memory.lua'),
    ];
    const called = scripts.flatMap((script) =>
      [...script.matchAll(/redis\.p?call\('(\w+)'/g)].map((m) => m[1]!.toLowerCase()),
    );
    const wanted = new Set([...called, 'evalsha', 'eval', 'subscribe', 'unsubscribe']);
    const named = rights()
      .filter((right) => right.startsWith('+'))
      .map((right) => right.slice(1));
    expect(named.sort()).toEqual([...wanted].sort());
  });
});
