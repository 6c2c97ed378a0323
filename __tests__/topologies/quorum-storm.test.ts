import { dice } from '../../proof/dice.js';
import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, type Lock, memory, type MemoryAdapter } from '../../src/index.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

const TTL = 1_000;
const COMMAND_TIMEOUT = 200;

interface Weather {
  readonly servers: number;
  readonly ttl: number;
  /** Requests and replies that are lost, and those that are much too late. */
  readonly lost: number;
  readonly late: number;
  /** Restarts without data, in all. */
  readonly restarts: number;
  /** The first server's clock jumps ahead by an hour. */
  readonly jumps: boolean;
  readonly dead: number;
}

/** Four programs that want one lock for ten seconds of virtual time. @returns what went wrong */
async function play(seed: number, weather: Weather): Promise<{ wrong: string[]; grants: number }> {
  const random = dice(seed);
  const environment = new VirtualEnvironment();
  Object.assign(environment, { random });
  const wrong: string[] = [];
  const skews = Array.from({ length: weather.servers }, () => random() * 10);
  const start = (i: number, remembers: boolean): MemoryAdapter => {
    const made = memory({ now: () => environment.wall + skews[i]! });
    if (remembers) made.keyspace.set('lock:~memory', '1');
    return made;
  };
  const stores = skews.map((_, i) => start(i, true));
  const after = (ms: number): Promise<void> =>
    new Promise((resolve) => void environment.timers.set(resolve, ms, true));
  const never = new Promise<never>(() => undefined);

  /** One client of one server: in order, as one connection is. */
  const connect = (i: number): Adapter => {
    let lastArrival = 0;
    let lastReply = 0;
    return {
      subscribe: () => Promise.reject(new Error('no messages')),
      async run(...call) {
        if (i < weather.dead) return never;
        const travels = (last: number): number => {
          const takes = random() < weather.late ? random() * 1_500 : random() * 15;
          return Math.max(last, environment.mono + takes);
        };
        lastArrival = travels(lastArrival);
        if (random() < weather.lost) return never;
        await after(lastArrival - environment.mono);
        const reply = await stores[i]!.run(...call);
        lastReply = travels(lastReply);
        await after(lastReply - environment.mono);
        return random() < weather.lost ? never : reply;
      },
    };
  };
  const options = { ttl: weather.ttl, commandTimeout: COMMAND_TIMEOUT };
  const lockers = Array.from(
    { length: 4 },
    () =>
      new EngineLocker(
        skews.map((_, i) => connect(i)),
        options,
        environment,
      ),
  );

  let fence = 0;
  let grants = 0;
  const live = new Set<Lock>();
  const enter = (lock: Lock, how: string): void => {
    grants++;
    const held = [...live].filter((one) => one.held);
    if (held.length > 0) wrong.push(`${how} at ${environment.mono}: ${held.length} others hold it`);
    if (lock.fencingToken <= fence) wrong.push(`${how}: ${lock.fencingToken} after ${fence}`);
    fence = lock.fencingToken;
    live.add(lock);
  };
  let over = false;
  const program = async (ours: EngineLocker): Promise<void> => {
    while (!over) {
      await after(random() * 50);
      const extend = random() < 0.5;
      const timeout = random() < 0.3 ? 0 : Math.ceil(random() * 3_000);
      const abort = new AbortController();
      if (random() < 0.2) void after(random() * 100).then(() => abort.abort());
      const before = environment.mono;
      const lock = await ours.acquire('k', { timeout, extend, signal: abort.signal }).catch(() => undefined);
      const took = environment.mono - before;
      if (took > (timeout === 0 ? 2 * COMMAND_TIMEOUT : timeout) + 250)
        wrong.push(`a timeout of ${timeout} took ${took}`);
      if (lock === undefined) continue;
      enter(lock, 'acquire');
      await after(random() < 0.1 ? random() * 3 * TTL : random() * 30);
      if (random() < 0.2) await lock.extend();
      let last: Lock | undefined = lock;
      if (lock.held && random() < 0.15) {
        // What has been granted by a majority is on its way to the others, on connections that are not the heir's.
        await after(30);
        let text: string | undefined;
        try {
          text = lock.serialize();
        } catch {
          // Lost at this moment.
        }
        if (text !== undefined) {
          live.delete(lock);
          const heir = lockers[Math.floor(random() * 4)]!;
          last = await heir.adopt(text, { timeout: 500 }).catch(() => undefined);
          if (last !== undefined) {
            enter(last, 'adopt');
            await after(random() * 30);
          }
        }
      }
      if (last === undefined) continue;
      const since = environment.mono;
      const released = last.release();
      live.delete(last);
      await released;
      if (environment.mono - since > COMMAND_TIMEOUT + 50)
        wrong.push(`a release took ${environment.mono - since}`);
    }
  };
  const programs = lockers.flatMap((ours) => [program(ours), program(ours)]);
  for (let n = 0; n < weather.restarts; n++) {
    void after(random() * 10_000).then(() => {
      const i = Math.floor(random() * weather.servers);
      stores[i] = start(i, false);
    });
  }
  if (weather.jumps) void after(5_000).then(() => void (skews[0]! += 3_600_000));
  let ended = false;
  void after(10_000).then(() => (over = true));
  void Promise.all(programs).then(() => (ended = true));
  await environment.pass(20_000);
  if (!ended) wrong.push('some never end');
  if (weather.lost === 0 && weather.late === 0) {
    // Far less than a ttl after the last of them.
    for (const [i, { keyspace }] of stores.entries()) {
      const left = keyspace.get('lock:k');
      if (left !== null) wrong.push(`server ${i} has ${left}`);
    }
  }
  let closed = false;
  void Promise.all(lockers.map((ours) => ours.close({ grace: 0 }))).then(() => (closed = true));
  await environment.pass(3 * COMMAND_TIMEOUT + 250);
  if (!closed) wrong.push('closing hangs');
  await environment.pass(10_000);
  if (environment.pendingInForeground > 0) wrong.push('a timer is left');
  return { wrong, grants };
}

const CALM = { servers: 3, ttl: TTL, lost: 0, late: 0, restarts: 0, jumps: false, dead: 0 };

it.each<[string, Weather]>([
  ['nothing fails, and a ttl is very long', { ...CALM, ttl: 60_000 }],
  ['one of three is dead, and a ttl is very long', { ...CALM, ttl: 60_000, dead: 1 }],
  ['four servers, and a ttl is very long', { ...CALM, servers: 4, ttl: 60_000 }],
  ['much is lost and late', { ...CALM, lost: 0.03, late: 0.05 }],
  ['much is late on five', { ...CALM, servers: 5, late: 0.1 }],
  ['servers forget all', { ...CALM, late: 0.03, lost: 0.01, restarts: 4 }],
  ["a server's clock jumps", { ...CALM, late: 0.03, jumps: true }],
])(
  'one holder at a time, with a rising token, when %s',
  async (_, weather) => {
    const all: string[] = [];
    let grants = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const played = await play(seed, weather);
      grants += played.grants;
      all.push(...played.wrong.slice(0, 4).map((what) => `seed ${seed}: ${what}`));
    }
    expect(all).toEqual([]);
    expect(grants).toBeGreaterThan(5);
  },
  60_000,
);
