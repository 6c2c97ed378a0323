// What locks cost the server: commands, bytes and messages per grant by the number of processes and of callers in each, per
// second while they wait, and memory per lock. Processes are clients here: the server can not tell the difference.
//
//   node bench/experiments/capacity.mjs [memory]
import { createClient } from 'redis';

import { createLocker, nodeRedis } from '../../dist/esm/index.js';
import { sleep } from '../lib/clock.mjs';
import { startServer } from '../lib/server.mjs';

const LOCKS = 100_000;
/** How long a server keeps the buffers of a client that has sent much. */
const BUFFERS_MS = 3_000;
const IDLE_MS = 3_000;

const infoOf = async (admin) => {
  const text = await admin.info('all');
  const number = (name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const calls = (name) => Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    commands: calls('evalsha') + calls('eval'),
    messages: calls('publish'),
    in: number('total_net_input_bytes'),
    out: number('total_net_output_bytes'),
    memory: number('used_memory'),
    usec: Number(/cmdstat_evalsha:calls=\d+,usec=(\d+)/.exec(text)?.[1] ?? 0),
  };
};

/** Lockers with a client each on every server, as so many processes. */
async function open(servers, processes) {
  const clients = [];
  const lockers = [];
  for (let i = 0; i < processes; i++) {
    const mine = await Promise.all(servers.map(({ url }) => createClient({ url }).connect()));
    clients.push(...mine);
    const adapters = mine.map((client) => nodeRedis(client));
    const several = adapters.length > 1 ? { maxTtl: 0 } : {};
    lockers.push(createLocker(adapters, { timeout: Infinity, maxWaiters: 1_000_000, ...several }));
  }
  return {
    lockers,
    async close() {
      await Promise.all(lockers.map((locker) => locker.close({ grace: 0 })));
      for (const client of clients) client.destroy();
    },
  };
}

/** What one server has done while `work` went on. */
async function during(admin, work) {
  const before = await infoOf(admin);
  await work();
  const after = await infoOf(admin);
  return Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]));
}

async function grants(servers, admin, processes, callers, sections) {
  const { lockers, close } = await open(servers, processes);
  await Promise.all(lockers.map((locker) => locker.withLock('warm', async () => undefined)));
  const caller = async (locker) => {
    for (let i = 0; i < sections; i++) await locker.withLock('k', () => sleep(1));
  };
  const used = await during(admin, () =>
    Promise.all(lockers.flatMap((locker) => Array.from({ length: callers }, () => caller(locker)))),
  );
  await close();
  const count = processes * callers * sections;
  const per = (name) => (used[name] / count).toFixed(name === 'commands' || name === 'messages' ? 2 : 0);
  return `| ${processes} | ${callers} | ${['commands', 'messages', 'in', 'out', 'usec'].map(per).join(' | ')} |`;
}

async function idle(servers, admin, processes, callers) {
  const { lockers, close } = await open(servers, processes);
  const lock = await lockers[0].acquire('k', { maxHold: Infinity });
  const waiting = lockers.flatMap((locker) =>
    Array.from({ length: callers }, () => locker.acquire('k').catch(() => undefined)),
  );
  await sleep(1_000);
  const used = await during(admin, () => sleep(IDLE_MS));
  const perSecond = (used.commands * 1_000) / IDLE_MS;
  await lock.release();
  await close();
  await Promise.all(waiting);
  return `| ${processes} | ${callers} | ${perSecond.toFixed(1)} | ${((used.in + used.out) / IDLE_MS).toFixed(1)} |`;
}

async function memory(servers, admin) {
  const { lockers, close } = await open(servers, 1);
  const held = [];
  const inPortions = async (task) => {
    for (let i = 0; i < LOCKS; i += 1_000) {
      await Promise.all(Array.from({ length: 1_000 }, (_, j) => task(i + j)));
    }
    await sleep(BUFFERS_MS);
  };
  const options = { extend: false, ttl: 600_000, maxHold: Infinity };
  const taken = await during(admin, () =>
    inPortions(async (i) => held.push(await lockers[0].acquire(`order-${i}`, options))),
  );
  const given = await during(admin, () => inPortions((i) => held[i].release()));
  await close();
  const [all, fence] = [taken.memory / LOCKS, (taken.memory + given.memory) / LOCKS];
  return `${all.toFixed(0)} bytes for each lock that is held; ${fence.toFixed(0)} of them stay for its fencing token, for 24 h`;
}

const only = process.argv[2];

for (const count of only === 'memory' ? [1] : [1, 3]) {
  const servers = await Promise.all(Array.from({ length: count }, () => startServer()));
  const admin = await createClient({ url: servers[0].url }).connect();
  try {
    if (count === 1) console.log(`\n${await memory(servers, admin)}`);
    if (only === 'memory') continue;
    console.log(`\n${count === 1 ? 'one server' : `a majority of ${count} servers, each of them`}\n`);
    console.log(
      '| processes | callers in each | commands per section | messages | bytes in | bytes out | µs of server |',
    );
    console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
    for (const [processes, callers, sections] of [
      [1, 1, 300],
      [1, 10, 50],
      [1, 100, 10],
      [4, 1, 100],
      [4, 10, 20],
      [16, 1, 30],
      [16, 10, 10],
      [64, 1, 10],
      [64, 10, 3],
    ]) {
      console.log(await grants(servers, admin, processes, callers, sections));
    }
    console.log(
      '\nwhile one holds the lock:\n\n| processes | waiting in each | commands/s | kB/s |\n| ---: | ---: | ---: | ---: |',
    );
    for (const [processes, callers] of [
      [1, 1],
      [4, 1],
      [4, 100],
      [16, 10],
      [64, 10],
    ]) {
      console.log(await idle(servers, admin, processes, callers));
    }
  } finally {
    admin.destroy();
    for (const server of servers) server.stop();
  }
}
