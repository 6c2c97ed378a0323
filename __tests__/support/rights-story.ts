import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, isLockError, type Locker, nodeRedis } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { pause } from './pause.js';
import type { RedisServer } from './redis-server.js';
import { acquire, grant, OURS, release, THEIRS } from './scripts.js';

/** What a user with certain rights has achieved: of each step its result, or the code with which it was refused. */
export interface Story {
  /** Takes a free lock. */
  readonly acquire: string;
  readonly extend?: string;
  /** Waits for a lock until it is given back. */
  readonly wait?: string;
  /** Gives back a lock for which somebody waits, and then one for which nobody does. */
  readonly release?: string;
  readonly last?: string;
  readonly subscribe?: string;
  /** Takes a place in the queue of a lock. */
  readonly queue?: string;
  /** What has become of a lock with a queue when it is given back. */
  readonly pass?: string;
  /** How many channels are left when one of two lockers of the same client is closed. */
  readonly left?: number;
  readonly warning?: boolean;
  readonly replicas?: string;
}

export const PASSWORD = 'open sesame';
const CHANNEL = 'latchkey:story';

/** The result as text, or the code of the error. */
async function told(call: Promise<unknown>): Promise<string> {
  try {
    const result = await call;
    return typeof result === 'string' ? result : 'done';
  } catch (error) {
    if (isLockError(error)) return 'reason' in error ? error.reason : error.code;
    return (error as Error).message.split(' ')[0]!;
  }
}

/** Whether it is so within `ms`. */
async function soon(ask: () => boolean | Promise<boolean>, ms = 1_000): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await ask()) return true;
    await pause(5);
  }
  return ask();
}

/**
 * Makes the user `name` with these rules, and lets it do all that latchkey does, with keys that begin with its name.
 *
 * @param server - one that may evict
 */
export async function storyOf(
  server: RedisServer,
  name: string,
  rules: readonly string[],
  prefix = 'lock:',
): Promise<Story> {
  expect(await server.command('ACL', 'SETUSER', name, ...rules, `>${PASSWORD}`)).toBe('OK');
  const client = await server.client({ username: name, password: PASSWORD });
  const connections = async (): Promise<string[]> =>
    String(await server.command('CLIENT', 'LIST'))
      .split('\n')
      .filter((line) => line.includes(` user=${name} `));
  // By somebody else's word: it may not ask who it is, and must not be `default`.
  expect(await connections()).toHaveLength(1);
  const adapter = nodeRedis(client);
  let warning = false;
  const open: Locker[] = [];
  const locker = (): Locker => {
    const environment = { ...nodeEnvironment, warn: () => void (warning = true) };
    open.push(new EngineLocker(adapter, { prefix, ttl: 4_000 }, environment));
    return open.at(-1)!;
  };
  try {
    const [holder, waiter] = [locker(), locker()];
    const taken = holder.acquire(name);
    const first = { acquire: await told(taken) };
    if (first.acquire !== 'done') return first;
    const lock = await taken;
    const extend = await told(lock.extend(8_000));
    let settled = false;
    const waiting = waiter.acquire(name, { timeout: 5_000 });
    const wait = told(waiting).finally(() => (settled = true));
    const { queue: queueKey } = toRedisKeys(prefix, name);
    await soon(async () => settled || (await server.command('EXISTS', queueKey)) === 1, 500);
    const given = await told(lock.release());
    const last = (await wait) === 'done' ? await told((await waiting).release()) : 'none';
    const queue = await queueStory(server, adapter, toRedisKeys(prefix, `${name}-raw`));
    return {
      ...first,
      ...queue,
      ...{ extend, wait: await wait, release: given, last },
      left: await channelsLeft(nodeRedis(client), connections),
      warning: await soon(() => warning, 200),
      replicas: await told(adapter.waitReplicas!([], 0, 1)),
    };
  } finally {
    await Promise.all(open.map((made) => made.close({ grace: 0 })));
    client.destroy();
  }
}

/** By the scripts alone, so that no look comes between. */
async function queueStory(
  server: RedisServer,
  adapter: Adapter,
  keys: ReturnType<typeof toRedisKeys>,
): Promise<Pick<Story, 'subscribe' | 'queue' | 'pass'>> {
  await grant(adapter, { keys });
  const subscribing = adapter.subscribe(CHANNEL + keys.lock, () => undefined);
  const subscribe = await told(subscribing);
  const queue = await told(acquire(adapter, { keys, token: THEIRS }, CHANNEL + keys.lock));
  const given = await told(release(adapter, { keys }));
  const value = (await server.command('GET', keys.lock)) as string | null;
  const owner =
    value?.startsWith(THEIRS) === true ? 'theirs' : value?.startsWith(OURS) === true ? 'ours' : 'free';
  if (subscribe === 'done') await (await subscribing)();
  await server.command('DEL', ...Object.values<string>({ ...keys }));
  return { subscribe, queue, pass: `${given}, ${owner}` };
}

/** Two channels on one connection, of which one is left. */
async function channelsLeft(adapter: Adapter, connections: () => Promise<string[]>): Promise<number> {
  const subscribed = async (): Promise<number> =>
    (await connections()).reduce((sum, line) => sum + Number(/ sub=(\d+)/.exec(line)![1]), 0);
  const before = await subscribed();
  const subscribe = (name: string) =>
    adapter.subscribe(CHANNEL + name, () => undefined).catch(() => () => Promise.resolve());
  const [leave, stop] = [await subscribe('left'), await subscribe('kept')];
  await leave();
  await soon(async () => (await subscribed()) <= before + 1, 200);
  const left = (await subscribed()) - before;
  await stop();
  return left;
}
