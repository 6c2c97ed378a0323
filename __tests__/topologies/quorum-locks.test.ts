import { nodeRedis } from '../../src/index.js';
import { lockContract } from '../contracts/lock-contract.js';
import { MEMORY, startServers } from '../support/several-servers.js';

const PREFIXES = ['lock:', 'shop:', 'theirs:', ''];

for (const [title, dead] of [
  ['3 servers', 0],
  ['3 servers, 1 of them dead', 1],
] as const) {
  lockContract(`a majority of ${title}`, async () => {
    const servers = await startServers(3);
    for (const prefix of PREFIXES) await servers.trust(prefix);
    const alive = servers.all.slice(dead);
    // The clients of the dead ones were connected once.
    const lost = await Promise.all(servers.all.slice(0, dead).map((server) => server.client()));
    await Promise.all(servers.all.slice(0, dead).map((server) => server.kill()));
    const each = <Value>(task: (server: (typeof alive)[number]) => Promise<Value>): Promise<Value[]> =>
      Promise.all(alive.map(task));
    return {
      options: { maxTtl: 60_000 },
      connect: async () => [
        ...lost.map((client) => nodeRedis(client)),
        ...(await each(async (server) => nodeRedis(await server.client()))),
      ],
      get: async (key) => {
        const values = (await each((server) => server.command('GET', key))) as (string | null)[];
        return values.find((value) => value !== null) ?? null;
      },
      async set(key, value, ttl) {
        await each((server) =>
          server.command('SET', key, value, ...(ttl === undefined ? [] : ['PX', String(ttl)])),
        );
      },
      async delete(key) {
        await each((server) => server.command('DEL', key));
      },
      keys: async () => {
        const keys = new Set((await each((server) => server.command('KEYS', '*'))).flat() as string[]);
        return [...keys].filter((key) => !key.endsWith(':fence') && !key.endsWith(MEMORY));
      },
      stop: servers.stop,
    };
  });
}
