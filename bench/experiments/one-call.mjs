// Would scripts that are issued in one turn of the loop be faster as one call? Bare scripts, 64 of them at a time:
//
//   node bench/experiments/one-call.mjs
import { createClient } from 'redis';

import { now } from '../lib/clock.mjs';
import { startServer } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const CALLERS = 64;

const take = `redis.call('SET', KEYS[i], ARGV[i], 'NX', 'PX', 20000)`;
const give = `if redis.call('GET', KEYS[i]) == ARGV[i] then redis.call('DEL', KEYS[i]) end`;
const one = (step) => `local i = 1 ${step} return 1`;
const all = (step) => `local replies = {} for i = 1, #KEYS do ${step} replies[i] = 1 end return replies`;

const server = await startServer();
try {
  const client = createClient({ url: server.url });
  await client.connect();
  const load = (script) => client.scriptLoad(script);
  const [takeOne, giveOne, takeAll, giveAll] = await Promise.all([
    load(one(take)),
    load(one(give)),
    load(all(take)),
    load(all(give)),
  ]);
  const keys = Array.from({ length: CALLERS }, (_, i) => `lock ${i}`);
  const tokens = keys.map((key) => `token of ${key}`);
  const each = (script) => () =>
    Promise.all(keys.map((key, i) => client.evalSha(script, { keys: [key], arguments: [tokens[i]] })));
  const together = (script) => () => client.evalSha(script, { keys, arguments: tokens });
  const commands = () =>
    Promise.all(keys.map((key, i) => client.set(key, tokens[i], { NX: true, PX: 20_000 })));

  const ways = {
    'SET and a script, one by one (raw)': [commands, each(giveOne)],
    'two scripts, one by one': [each(takeOne), each(giveOne)],
    'two scripts, each for all callers of a turn': [together(takeAll), together(giveAll)],
  };
  const rates = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < 15; round++) {
    for (const [name, [acquire, release]] of Object.entries(ways)) {
      const start = now();
      for (let i = 0; i < 100; i++) {
        await acquire();
        await release();
      }
      rates[name].push((CALLERS * 100 * 1_000) / (now() - start));
    }
  }
  const raw = median(Object.values(rates)[0]);
  for (const [name, values] of Object.entries(rates)) {
    const rate = median(values.slice(5));
    console.log(
      `${name}: ${Math.round(rate).toLocaleString('en')} sections/s, ${(rate / raw).toFixed(2)} of raw`,
    );
  }
  client.destroy();
} finally {
  server.stop();
}
