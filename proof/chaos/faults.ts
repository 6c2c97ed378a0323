import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { delay, garbage, pass, slow, swallow } from '../rig/link-faults.js';
import type { Arena } from './arena.js';
import { misshapen, repeated } from './lies.js';
import { HOT, WARM } from './wishes.js';

/** Does one harm, and makes it good again as far as that is its part. @param up - a random number of ms, from and to */
type Harm = (
  arena: Arena,
  up: (from: number, to: number) => number,
  pick: <T>(of: readonly T[]) => T,
) => Promise<unknown>;

/** Keys of the hot locks, as Redis has them. */
const LOCKS = HOT.map((key) => `lock:${key}`);

/** Sets the link for a while; then what swallowed is cut, since TCP does not go on behind a hole. */
async function link(arena: Arena, ms: number, ...[faults]: Parameters<Arena['proxy']['set']>): Promise<void> {
  arena.proxy.set(faults);
  await sleep(ms);
  arena.proxy.set({ toServer: pass, toClient: pass });
  arena.proxy.cut();
}

/** A lock that somebody has now, if there is one: most likely one that is held for long. */
async function heldLock(arena: Arena, pick: <T>(of: readonly T[]) => T): Promise<string> {
  const held = (await arena.command('KEYS', 'lock:*')) as string[];
  return pick(held.length > 0 ? held : LOCKS);
}

/** Has each link tell lies for a while. @param liar - what makes those of one link */
async function lie(arena: Arena, ms: number, liar: () => (bytes: Buffer) => Buffer): Promise<void> {
  const links = [...arena.proxy.links];
  for (const one of links) one.set({ toClient: garbage(liar()) });
  await sleep(ms);
  for (const one of links) one.cut();
}

/** Has who waited for a lock wait again, `ms` later. */
async function bringBack(arena: Arena, lock: string, ms: number): Promise<void> {
  const keys = ['queue', 'waiters'].map((part) => `{${lock}}:~v1:${part}`);
  // Sent at once: what belongs together is done together.
  await Promise.all(
    keys.flatMap((key) => [
      arena.command('COPY', key, `${key}:old`, 'REPLACE'),
      arena.command('PERSIST', `${key}:old`),
    ]),
  );
  await sleep(ms);
  await Promise.all(
    keys.flatMap((key) => [
      arena.command('COPY', `${key}:old`, key, 'REPLACE'),
      arena.command('PEXPIRE', key, '3000'),
    ]),
  );
  await arena.command('DEL', ...keys.map((key) => `${key}:old`));
}

/** One line for what each of them does; what it starts to harm, it also ends. */
const HARMS = {
  'worker stopped': async (arena, up, pick) => {
    const child = pick(arena.ready);
    child.kill('SIGSTOP');
    arena.tellOf(child, 'stopped');
    await sleep(up(50, 1_300));
    arena.tellOf(child, 'resumed');
    child.kill('SIGCONT');
  },
  'worker killed': async (arena, _up, pick) => {
    const child = pick(arena.mortal);
    const exit = once(child, 'exit');
    // From then on it does nothing; when it was gone is known when that is heard of.
    arena.tellOf(child, 'stopped');
    child.kill('SIGKILL');
    await exit;
    arena.tellOf(child, 'killed');
    arena.forget(child);
    arena.start();
  },
  'worker terminated': async (arena, _up, pick) => {
    const child = pick(arena.mortal);
    child.kill('SIGTERM');
    arena.start();
    await arena.ended(child);
  },
  'worker blocked': async (arena, up, pick) => {
    arena.order(pick(arena.ready), { does: 'block', ms: up(100, 900) });
    await sleep(100);
  },
  'server frozen': async (arena, up) => {
    arena.signal('SIGSTOP');
    await sleep(up(50, 900));
    arena.signal('SIGCONT');
  },
  'server pauses writes': (arena, up) => arena.command('CLIENT', 'PAUSE', up(50, 900).toFixed(0), 'WRITE'),
  'server restarted empty': (arena, up) => arena.restart(up(0, 500)),
  'server out of memory': async (arena, up) => {
    await arena.command('CONFIG', 'SET', 'maxmemory', '1');
    await sleep(up(50, 500));
    await arena.command('CONFIG', 'SET', 'maxmemory', '0');
  },
  'all flushed': (arena) => arena.command('FLUSHALL'),
  'scripts flushed': (arena) => arena.command('SCRIPT', 'FLUSH'),
  'lock deleted': async (arena, _up, pick) => arena.command('DEL', await heldLock(arena, pick)),
  'lock expired': async (arena, _up, pick) => arena.command('PEXPIRE', await heldLock(arena, pick), '1'),
  'lock stolen': async (arena, up, pick) => {
    const lock = await heldLock(arena, pick);
    await arena.command('SET', lock, 'a-foreign-value', 'PX', up(20, 400).toFixed(0));
  },
  // Whoever asks for it is told of an error; others that ask in the same command are not.
  'lock spoilt': async (arena, up, pick) => {
    const lock = await heldLock(arena, pick);
    await arena.command('DEL', lock);
    // Somebody may have taken it again in between.
    await arena.command('HSET', lock, 'field', 'value').catch(() => undefined);
    await sleep(up(50, 300));
    await arena.command('DEL', lock);
  },
  'fencing token deleted': (arena, _up, pick) => arena.command('DEL', `{${pick(LOCKS)}}:~v1:fence`),
  'queue deleted': (arena, _up, pick) => arena.command('DEL', `{${pick(LOCKS)}}:~v1:queue`),
  'waiters deleted': (arena, _up, pick) => arena.command('DEL', `{${pick(LOCKS)}}:~v1:waiters`),
  // What a failover brings back, too: places of those that have had the lock since, or have gone.
  'queue brought back': (arena, up, pick) => bringBack(arena, pick(LOCKS), up(5, 300)),
  // So late that nobody in it waits any more, whoever listens.
  'old queue brought back': (arena, up, pick) => bringBack(arena, pick(LOCKS), up(4_200, 4_600)),
  // Of locks that few want, which are the second ones of whoever takes two.
  'fencing tokens spoilt': async (arena, up) => {
    const fences = WARM.map((key) => `{lock:${key}}:~v1:fence`);
    await Promise.all(fences.map((fence) => arena.command('SET', fence, 'no fencing token')));
    await sleep(up(200, 600));
    await arena.command('DEL', ...fences);
  },
  'messages forged': async (arena, _up, pick) => {
    const channels = (await arena.command('PUBSUB', 'CHANNELS', 'latchkey:*')) as string[];
    if (channels.length === 0) return;
    for (let n = 0; n < 500; n++) {
      const words = pick(['x', 'a 400 1 1', `${'a'.repeat(27)} 400 ${n} 1`, '', '{}']);
      await arena.command('PUBLISH', pick(channels), words);
    }
  },
  'listeners cut': (arena) => arena.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  'links cut': async (arena) => arena.proxy.cut(),
  'one link cut': async (arena, _up, pick) => {
    if (arena.proxy.links.length > 0) pick(arena.proxy.links).cut();
  },
  'connections refused': async (arena, up) => {
    await arena.proxy.refuse();
    await sleep(up(50, 400));
    await arena.proxy.listen();
  },
  'requests lost': (arena, up) => link(arena, up(50, 400), { toServer: swallow }),
  'replies lost': (arena, up) => link(arena, up(50, 400), { toClient: swallow }),
  'links half open': (arena, up) => link(arena, up(200, 900), { toServer: swallow, toClient: swallow }),
  'replies late': async (arena, up) => {
    arena.proxy.set({ toClient: delay(up(5, 150), 5) });
    await sleep(up(100, 500));
    arena.proxy.set({ toClient: pass });
  },
  // A lease that counts from a reply outlives the lock, once nothing extends it any more.
  'replies late, then links half open': async (arena, up) => {
    arena.proxy.set({ toClient: delay(up(100, 250), 5) });
    await sleep(up(150, 400));
    await link(arena, up(500, 900), { toServer: swallow, toClient: swallow });
  },
  'requests late': async (arena, up) => {
    arena.proxy.set({ toServer: delay(up(5, 150), 5) });
    await sleep(up(100, 500));
    arena.proxy.set({ toServer: pass });
  },
  'links slow': async (arena, up) => {
    arena.proxy.set({ toClient: slow(64, 2) });
    await sleep(up(50, 300));
    arena.proxy.set({ toClient: pass });
  },
  'reply garbled': async (arena, up, pick) => {
    if (arena.proxy.links.length === 0) return;
    const one = pick(arena.proxy.links);
    one.set({ toClient: garbage('!garbage\r\n') });
    await sleep(up(10, 50));
    one.cut();
  },
  'replies of other calls': (arena, up) => lie(arena, up(100, 400), repeated),
  'replies of another shape': (arena, up) => lie(arena, up(100, 400), () => misshapen),
} satisfies Record<string, Harm>;

export type FaultName = keyof typeof HARMS;

export const FAULT_NAMES = Object.keys(HARMS) as FaultName[];

/** Behind which a lock is never left for its ttl: neither its holder nor its server is gone, and it can be given back soon. */
export const MILD: readonly FaultName[] = [
  'scripts flushed',
  'lock spoilt',
  'fencing tokens spoilt',
  'messages forged',
  'listeners cut',
  'links cut',
  'one link cut',
  'connections refused',
  'requests lost',
  'replies lost',
  'links half open',
  'replies late',
  'requests late',
  'links slow',
  'reply garbled',
  'replies of other calls',
  'replies of another shape',
];

/** Does the harm of that name to whatever stands in the arena. */
export async function harm(name: FaultName, arena: Arena, random: () => number): Promise<void> {
  arena.tell(name);
  const one: Harm = HARMS[name];
  await one(
    arena,
    (from, to) => from + random() * (to - from),
    (of) => of[Math.floor(random() * of.length)]!,
  );
}
