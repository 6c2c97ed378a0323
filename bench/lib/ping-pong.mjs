import { createClient } from 'redis';

import { now, sleep } from './clock.mjs';

/** What a release that wakes somebody can not do without: a script that compares, deletes and publishes. */
const SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', 20000)
return redis.call('PUBLISH', ARGV[2], 'yours')`;

/**
 * The floor of a hand-over: two processes pass a message to each other by a script that publishes it.
 *
 * @returns [asked, began, ended] of each turn, as sections have them
 */
export async function pingPong(url, { me, other, sections, ms, starts }) {
  const connection = createClient({ url });
  const subscriber = connection.duplicate();
  await Promise.all([connection.connect(), subscriber.connect()]);
  const script = await connection.scriptLoad(SCRIPT);
  const log = [];
  let asked = now();
  let done;
  const finished = new Promise((resolve) => (done = resolve));
  const turn = async () => {
    const began = now();
    await sleep(ms);
    log.push([asked, began, now()]);
    asked = now();
    connection.evalSha(script, { keys: ['floor'], arguments: [me, other] }).catch(() => undefined);
    if (log.length === sections) done();
  };
  await subscriber.subscribe(me, () => {
    if (log.length < sections) void turn();
  });
  if (starts) {
    while ((await connection.sendCommand(['PUBSUB', 'NUMSUB', other]))[1] !== 1);
    await turn();
  }
  await finished;
  await connection.ping();
  connection.destroy();
  subscriber.destroy();
  return log;
}
