import { createClient as createClient6 } from 'redis';
import { createClient as createClient5 } from 'redis-5';

import { lockContract } from './contracts/lock-contract.js';
import { type MakeClient, nodeRedisBackend } from './support/node-redis-backend.js';

const VERSIONS: [string, MakeClient][] = [
  ['node-redis 6', (options) => createClient6(options)],
  ['node-redis 5', (options) => createClient5(options)],
];

for (const [version, make] of VERSIONS) {
  lockContract(version, async () => {
    const backend = await nodeRedisBackend(make);
    const { command } = backend.server!;
    return {
      connect: () => backend.open(),
      get: backend.get,
      set: backend.set,
      delete: async (key) => {
        await command('DEL', key);
      },
      keys: async () => ((await command('KEYS', '*')) as string[]).filter((key) => !key.endsWith(':fence')),
      stop: backend.stop,
    };
  });
}
