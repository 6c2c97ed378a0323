/** What the scripts do, said in TypeScript: step by step the same as the `.lua` files, which are compared with it in the tests. */
import type { Keyspace } from './keyspace.js';

/** Does to `keyspace` what the script of the same name does to a server, and returns the same reply. */
export type Twin = (keyspace: Keyspace, keys: readonly string[], args: readonly string[]) => Reply[];

type Reply = string | number | readonly Reply[];

const PATIENCE_MS = 3_000;
const UNSURE_MS = 2_000;
const FENCE_TTL_MS = 86_400_000;
const MEMORY_TTL_MS = 2_592_000_000;
/** Not far beyond it numbers are no longer exact. */
const LAST_FENCE = 9_000_000_000_000_000;
/** `deadline_us ttl_ms count channel who`. Lua's `%S` is anything but the spaces of ASCII. */
const NOTE = /^(\d+) (\d+) (\d+) ([^\t-\r ]+) (.*)$/s;

const mutexAcquire: Twin = (
  keyspace,
  [lock = '', fence = '', , waiters = ''],
  [token = '', ttl = '', who = '', count = '', channel = ''],
) => {
  const scene = { keyspace, lock, fence, waiters, now: keyspace.time() };
  if (keyspace.get(lock) === null && !pass(scene, token)) {
    const first = reserve(scene, Number(count));
    keyspace.set(lock, valueOf(scene, token, first, who), Number(ttl), true);
    leave(scene, token);
    return [1, first, scene.now];
  }
  const value = keyspace.get(lock) ?? '';
  if (value.startsWith(`${token} `)) {
    const first = reserve(scene, Number(count));
    if (keyspace.ttl(lock) < Number(ttl)) keyspace.expire(lock, Number(ttl));
    return [1, first, scene.now];
  }
  if (channel !== '') {
    const deadline = scene.now + PATIENCE_MS * 1_000;
    keyspace.setField(waiters, token, [deadline, ttl, count, channel, who].join(' '));
    keyspace.expire(waiters, PATIENCE_MS);
  }
  return [0, keyspace.ttl(lock), holderBehind(token, value), scene.now];
};

const mutexAcquireAll: Twin = (keyspace, keys, [, token = '', ttl = '', who = '', count = '']) => {
  const places = Array.from({ length: keys.length / 4 }, (_, place) => keys.slice(place * 4, place * 4 + 4));
  for (const [place, [lock = '', fence = '', , waiters = '']] of places.entries()) {
    const scene = { keyspace, lock, fence, waiters, now: keyspace.time() };
    if (keyspace.get(lock) === null) pass(scene, token);
    const value = keyspace.get(lock);
    if (value === null || value.startsWith(`${token} `)) continue;
    return [0, place, keyspace.ttl(lock), holderBehind(token, value), scene.now];
  }
  try {
    const grants = places.map((own) => mutexAcquire(keyspace, own, [token, ttl, who, count, '']));
    return [1, keyspace.time(), ...grants.map(([, first = 0]) => first)];
  } catch (error) {
    for (const [lock = ''] of places) {
      if (valueAtLock({ keyspace, lock })?.startsWith(`${token} `)) keyspace.delete(lock);
    }
    throw error;
  }
};

const mutexRelease: Twin = (keyspace, [lock = '', fence = '', , waiters = ''], [token = '']) => {
  const scene = { keyspace, lock, fence, waiters, now: keyspace.time() };
  // What is wrong with the queue is no reason to keep the lock.
  const tidy = succeeds(() => leave(scene, token));
  if (!valueAtLock(scene)?.startsWith(`${token} `)) return [0];
  if (!(tidy && pass(scene, ''))) keyspace.delete(lock);
  return [1];
};

function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

/** The steps of {@link mutexSteps}, and how many arguments each has. */
const STEPS: Partial<Record<string, { twin: Twin; count: number }>> = {
  'mutex-acquire': { twin: mutexAcquire, count: 5 },
  'mutex-acquire-all': { twin: mutexAcquireAll, count: 5 },
  'mutex-extend': { twin: (...all) => mutexExtend(...all), count: 3 },
  'mutex-adopt': { twin: (...all) => mutexAdopt(...all), count: 4 },
};

const mutexSteps: Twin = (keyspace, keys, args) => {
  const replies: Reply[] = [];
  for (let place = 0, at = 0; place < keys.length / 4;) {
    const { twin, count } = STEPS[args[at] ?? ''] ?? { twin: mutexRelease, count: 1 };
    const locks = twin === mutexAcquireAll ? Number(args[at + 1]) : 1;
    const stepKeys = keys.slice(place * 4, (place + locks) * 4);
    const stepArgs = args.slice(at + 1, at + 1 + count);
    try {
      replies.push(twin(keyspace, stepKeys, stepArgs));
    } catch (error) {
      replies.push((error as Error).message);
    }
    place += locks;
    at += 1 + count;
  }
  return replies;
};

const mutexExtend: Twin = (keyspace, keys, [token = '', ttl = '', fence = '']) => {
  const [lock = ''] = keys;
  const value = valueAtLock({ keyspace, lock });
  if (!value?.startsWith(`${token} `)) return [0];
  const [granted] = /^\d+(?= )/.exec(value.slice(token.length + 1)) ?? [];
  if (Number(granted) > Number(fence)) {
    mutexRelease(keyspace, keys, [token]);
    return [0];
  }
  if (keyspace.ttl(lock) < Number(ttl)) keyspace.expire(lock, Number(ttl));
  return [1];
};

const mutexAdopt: Twin = (
  keyspace,
  [lock = '', fence = '', , waiters = ''],
  [token = '', ttl = '', who = '', heir = ''],
) => {
  const scene = { keyspace, lock, fence, waiters, now: keyspace.time() };
  const value = valueAtLock(scene);
  if (!value?.startsWith(`${token} `) && !value?.startsWith(`${heir} `)) return [0];
  const first = reserve(scene, 1);
  if (value.startsWith(`${token} `)) keyspace.set(lock, valueOf(scene, heir, first, who), Number(ttl));
  else if (keyspace.ttl(lock) < Number(ttl)) keyspace.expire(lock, Number(ttl));
  return [1, first, scene.now];
};

interface Scene {
  readonly keyspace: Keyspace;
  readonly lock: string;
  readonly fence: string;
  /** Here a hash does for the queue, too: its fields are in the order in which they came. */
  readonly waiters: string;
  readonly now: number;
}

/** Null when nothing lies there, or something of another type. */
function valueAtLock({ keyspace, lock }: Pick<Scene, 'keyspace' | 'lock'>): string | null {
  try {
    return keyspace.get(lock);
  } catch {
    return null;
  }
}

function valueOf({ now }: Scene, token: string, first: number, who = ''): string {
  return `${token} ${first} ${Math.floor(now / 1_000)} ${who}`;
}

function leave({ keyspace, waiters }: Scene, token: string): void {
  keyspace.deleteField(waiters, token);
}

function lastFence({ keyspace, fence }: Pick<Scene, 'keyspace' | 'fence'>): number {
  const last = keyspace.get(fence);
  if (last !== null && !(/^\d{1,16}$/.test(last) && Number(last) <= LAST_FENCE)) {
    throw new Error('BADFENCE what is at the fence key is no fencing token');
  }
  return Number(last);
}

function reserve(scene: Scene, count: number): number {
  const { keyspace, fence, now } = scene;
  const first = Math.max(lastFence(scene) + 1, now);
  keyspace.set(fence, String(first + count - 1), FENCE_TTL_MS);
  return first;
}

function pass(scene: Scene, me: string): boolean {
  const { keyspace, lock, waiters, now } = scene;
  for (const [token, entry] of [...keyspace.fields(waiters)]) {
    if (token === me) return false;
    const [, deadline, asked, count, channel = '', who] = NOTE.exec(entry) ?? [];
    if (Number(deadline) >= now) {
      const unsure = channel.startsWith('latchkey:any:');
      const ttl = unsure && Number(asked) > UNSURE_MS ? UNSURE_MS : asked;
      let first: number;
      try {
        first = reserve(scene, Number(count));
      } catch {
        return false;
      }
      const listeners = keyspace.publish(channel, `${token} ${ttl} ${first} ${now}`);
      if (listeners === 0 && !unsure) continue;
      keyspace.set(lock, valueOf(scene, token, first, who), Number(ttl));
      leave(scene, token);
      return true;
    }
    leave(scene, token);
  }
  return false;
}

/** Lua counts bytes, and of a foreign value any of them may stand where a token ends. */
function holderBehind(token: string, value: string): string {
  const bytes = Buffer.from(value);
  const mark = Buffer.byteLength(token);
  if (bytes[mark] !== 0x20 || !/^[\w-]*$/.test(bytes.toString('latin1', 0, mark))) return '';
  return /^\d+ (\d+ .*)$/s.exec(bytes.toString('utf8', mark + 1))?.[1] ?? '';
}

/** With the nonce of the call, which is its last argument, before the reply. */
const signed =
  (twin: Twin): Twin =>
  (keyspace, keys, args) => [args.at(-1) ?? '', twin(keyspace, keys, args.slice(0, -1))];

const mutexRaise: Twin = (keyspace, [lock = '', fence = ''], [token = '', last = '']) => {
  if (!valueAtLock({ keyspace, lock })?.startsWith(`${token} `)) return [0];
  if (lastFence({ keyspace, fence }) < Number(last)) keyspace.set(fence, last, FENCE_TTL_MS);
  return [1];
};

const quorumAcquire: Twin = (keyspace, keys, [token = '', ttl = '', who = '', count = '', longest = '']) => {
  const memory = keys[4] ?? '';
  const at = Math.floor(keyspace.time() / 1_000);
  const noted = keyspace.get(memory);
  const isKnown = noted !== null && /^\d+$/.test(noted) && Number(noted) <= at;
  if (!isKnown) keyspace.set(memory, String(at), MEMORY_TTL_MS);
  else if (keyspace.ttl(memory) < MEMORY_TTL_MS / 2) keyspace.expire(memory, MEMORY_TTL_MS);
  const left = (isKnown ? Number(noted) : at) + Number(longest) - at;
  if (Number(longest) > 0 && left > 0) {
    throw new Error(`QUARANTINE the server was started empty and grants nothing for ${left} ms`);
  }
  return mutexAcquire(keyspace, keys, [token, ttl, who, count, '']);
};

/** Here memory has no limit. */
const serverMemory: Twin = () => [0, 'noeviction'];

/** Each script's twin, by the script's name. */
export const twins: ReadonlyMap<string, Twin> = new Map([
  ['mutex-acquire', signed(mutexAcquire)],
  ['mutex-acquire-all', signed(mutexAcquireAll)],
  ['mutex-release', signed(mutexRelease)],
  ['mutex-extend', signed(mutexExtend)],
  ['mutex-adopt', signed(mutexAdopt)],
  ['mutex-raise', signed(mutexRaise)],
  ['quorum-acquire', signed(quorumAcquire)],
  ['mutex-steps', signed(mutexSteps)],
  ['server-memory', serverMemory],
]);
