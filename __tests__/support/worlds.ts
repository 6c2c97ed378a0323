import { type Adapter, memory, nodeRedis } from '../../src/index.js';
import type { LockKeys } from '../../src/kinds/kind.js';
import { pause, eventually } from './pause.js';
import type { RedisServer } from './redis-server.js';

/** Channels on which somebody listens in every world. */
export const HEARD_CHANNELS = ['x', 'y', 'no-break\u00a0space'];

/** What lies at the keys of a lock. */
export interface View {
  /** The values of lock and fence; a hash is shown as such. */
  readonly lock: string | null;
  readonly fence: string | null;
  /** Who waits, first come first, and what is noted of them. */
  readonly waiting: [token: string, note: string][];
  /** What is left of lock, fence and queue, in ms. */
  readonly left: number[];
}

/** A place at which the scripts run: what they do in two of them can be compared. */
export interface World {
  readonly adapter: Adapter;
  set(key: string, value: string, ttl: number | undefined): Promise<unknown>;
  setHash(key: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  /** Writes something else behind the names of all that wait. */
  renote(keys: LockKeys, change: (note: string) => string): Promise<unknown>;
  view(keys: LockKeys): Promise<View>;
  letPass(ms: number): Promise<void>;
  /** All messages since the last call, in their order. */
  heard(): Promise<[channel: string, message: string][]>;
  /** Ends the subscriptions. */
  close(): Promise<void>;
}

const HASH = 'a hash';
const END = 'that was all';

/** A world on a real server, on which nobody else does anything. */
export async function realWorld(server: RedisServer): Promise<World> {
  const adapter = nodeRedis(await server.client());
  const client = await server.admin();
  const get = (key: string) => client.get(key).catch(() => HASH);
  const publish = (channel: string) => client.publish(channel, END);
  return {
    adapter,
    set: (key, value, ttl) => client.set(key, value, ttl === undefined ? {} : { PX: ttl }),
    setHash: (key) => client.multi().del(key).hSet(key, 'field', 'value').exec(),
    delete: (key) => client.del(key),
    async renote({ waiters }, change) {
      for (const [token, note] of Object.entries(await client.hGetAll(waiters))) {
        await client.hSet(waiters, token, change(note));
      }
    },
    async view({ lock, fence, queue, waiters }) {
      // In one go: looking must not take the time of which a short ttl has little.
      const since = performance.now();
      const [atLock, atFence, tokens, notes, ...left] = await Promise.all([
        get(lock),
        get(fence),
        client.zRange(queue, 0, -1),
        client.hGetAll(waiters),
        client.pTTL(lock),
        client.pTTL(fence),
        client.pTTL(waiters),
        client.pTTL(queue),
      ]);
      const [queueLeft, waitersLeft] = [left.pop()!, left.at(-1)!];
      // They were set together, and read one after the other.
      expect(Math.abs(queueLeft - waitersLeft)).toBeLessThanOrEqual(1 + performance.now() - since);
      expect(Object.keys(notes).sort()).toEqual([...tokens].sort());
      const waiting = tokens.map((token): [string, string] => [token, notes[token]!]);
      return { lock: atLock, fence: atFence, waiting, left };
    },
    letPass: pause,
    ...(await listen(adapter, publish)),
  };
}

/** A world in memory, in which time passes only while something is done. */
export async function memoryWorld(): Promise<World> {
  let time = Date.UTC(2_025);
  const adapter = memory({ now: () => time });
  const { keyspace } = adapter;
  const get = (key: string): string | null => {
    try {
      return keyspace.get(key);
    } catch {
      return HASH;
    }
  };
  return {
    // On a server, too, each script has a time of its own: without it, fences would not follow the clock.
    adapter: { ...adapter, run: (...call) => ((time += 0.05), adapter.run(...call)) },
    set: async (key, value, ttl) => keyspace.set(key, value, ttl),
    async setHash(key) {
      keyspace.delete(key);
      keyspace.setField(key, 'field', 'value');
    },
    delete: async (key) => keyspace.delete(key),
    async renote({ waiters }, change) {
      for (const [token, note] of keyspace.fields(waiters)) keyspace.setField(waiters, token, change(note));
    },
    view: async ({ lock, fence, waiters }) => ({
      lock: get(lock),
      fence: get(fence),
      waiting: [...keyspace.fields(waiters)],
      left: [lock, fence, waiters].map((key) => keyspace.ttl(key)),
    }),
    letPass: async (ms) => void (time += ms),
    ...(await listen(adapter, (channel) => keyspace.publish(channel, END))),
  };
}

/** Listens on {@link HEARD_CHANNELS}. */
async function listen(
  adapter: Adapter,
  sayEnd: (channel: string) => unknown,
): Promise<Pick<World, 'heard' | 'close'>> {
  const heard: [channel: string, message: string][] = [];
  const stops = await Promise.all(
    HEARD_CHANNELS.map((channel) => adapter.subscribe(channel, (message) => heard.push([channel, message]))),
  );
  return {
    async heard() {
      for (const channel of HEARD_CHANNELS) await sayEnd(channel);
      const ended = () => heard.filter(([, message]) => message === END).length;
      await eventually(ended, HEARD_CHANNELS.length);
      return heard.splice(0).filter(([, message]) => message !== END);
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
