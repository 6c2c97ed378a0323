// What is in the time of one section that nobody else wants? The same two round trips, each with a little more in them:
//
//   node bench/experiments/one-section.mjs
import { randomUUID } from 'node:crypto';

import { createClient } from 'redis';

import { createLocker, nodeRedis } from '../../dist/esm/index.js';
import { mutexAcquire, mutexRelease } from '../../dist/esm/scripts/generated.js';
import { now } from '../lib/clock.mjs';
import { startServer } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const SECTIONS = 2_000;
const ROUNDS = 7;
const KEYS = ['lock:k', '{lock:k}:~v1:fence', '{lock:k}:~v1:queue', '{lock:k}:~v1:waiters'];
const GIVE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

const server = await startServer();
try {
  const client = createClient({ url: server.url });
  await client.connect();
  const load = (source) => client.scriptLoad(source);
  const [give, acquire, release] = await Promise.all(
    [GIVE, mutexAcquire.source, mutexRelease.source].map(load),
  );
  const locker = createLocker(nodeRedis(client));
  // The engine alone: everything but a client and a server.
  const replies = {
    'mutex-acquire': [1, 1_700_000_000_000_000, 1_700_000_000_000_000],
    'mutex-release': [1],
  };
  const alone = createLocker({
    joins: true,
    run: async ({ name }, _keys, args) => [args.at(-1), replies[name]],
  });

  const ways = {
    'SET NX PX and a script, by hand (raw)': async () => {
      const token = randomUUID();
      await client.set('raw', token, { NX: true, PX: 20_000 });
      await client.evalSha(give, { keys: ['raw'], arguments: [token] });
    },
    'the two scripts, by hand': async () => {
      const token = randomUUID();
      await client.evalSha(acquire, { keys: KEYS, arguments: [token, '20000', 'host/1 x', '11', '', 'n'] });
      await client.evalSha(release, { keys: KEYS, arguments: [token, 'n'] });
    },
    latchkey: () => locker.withLock('k', async () => undefined),
    'latchkey without client and server': () => alone.withLock('k', async () => undefined),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  const onServer = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of Object.entries(ways)) {
      await client.sendCommand(['CONFIG', 'RESETSTAT']);
      const costs = [];
      for (let i = 0; i < SECTIONS; i++) {
        const start = now();
        await way();
        costs.push((now() - start) * 1_000);
      }
      times[name].push(median(costs));
      const stats = await client.info('commandstats');
      const used = [...stats.matchAll(/cmdstat_(evalsha|set):calls=\d+,usec=(\d+)/g)];
      // What a script calls is in the time of EVALSHA already.
      const own = used.filter(([, command]) => command === 'evalsha' || name.includes('raw'));
      onServer[name] = own.reduce((sum, [, , usec]) => sum + Number(usec), 0) / SECTIONS;
    }
  }
  for (const [name, values] of Object.entries(times)) {
    console.log(
      `${name}: ${median(values.slice(1)).toFixed(0)} µs, of which ${onServer[name].toFixed(0)} on the server`,
    );
  }
  await locker.close();
  await alone.close();
  client.destroy();
} finally {
  server.stop();
}
