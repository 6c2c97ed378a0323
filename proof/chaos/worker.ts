/** A service with many callers: port, the run's folder, that of its histories, seed, kind of client. Ends when it is told to stop, or by SIGTERM, by itself. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, isLockError, type Lock } from '../../src/index.js';
import { COMMAND_TIMEOUT } from '../checker/checks/settled.js';
import { dice } from '../dice.js';
import { openClient } from './client.js';
import { lines } from './lines.js';
import type { Order, Report } from './orders.js';
import { Sections } from './sections.js';
import type { Gift } from './store.js';
import { now, Teller } from './telling.js';
import { drawWish, type Mood, type Wish } from './wishes.js';
import { Witness } from './witness.js';

const CALLERS = 16;
/** How often leases are looked at, ms. */
const EVERY = 10;
/** A process that was called so many ms late stood still. */
const LATE = 20;

const [port, root, folder, seed, kind] = process.argv.slice(2);
const me = String(process.pid);
const teller = new Teller(folder!, `worker-${me}`);
const { tell } = teller;
const random = dice(Number(seed));
const acks: ((taken: string) => void)[] = [];
const write = (call: number, key: string, fence: number): Promise<string> => {
  store.write(`${JSON.stringify({ process: me, call, key, fence })}\n`);
  return new Promise((resolve) => acks.push(resolve));
};
const sections = new Sections({ me, tell, witness: new Witness(join(root!, 'witness')), write, block });
let [calls, busy, stopping] = [0, 0, false];
let mood: Mood = 'bold';
/** While all rest, what callers wait for; and how that ends. */
let resting: Promise<void> | undefined;
let goOn = (): void => undefined;

// A warning of the process is a defect like any other.
process.on('warning', (warning) => {
  throw warning;
});
process.on('message', (order: Order) => {
  if (order.does === 'stop') {
    stopping = true;
    goOn();
  } else if (order.does === 'feel') mood = order.mood;
  else if (order.does === 'block') block(order.ms);
  else if (order.does === 'rest') void rest();
  else {
    teller.turn(order.folder);
    [mood, resting] = ['bold', undefined];
    goOn();
  }
});

// Nobody is left to tell it to stop.
process.on('disconnect', () => {
  if (!stopping) process.exit(1);
});

const client = await openClient(kind!, Number(port));
const locker = createLocker(client.adapter, { commandTimeout: COMMAND_TIMEOUT });
locker.on('failure', ({ key, message }) =>
  tell({ at: now(), process: me, type: 'failed', key, why: message }),
);
const store = connect(join(root!, 'store.sock'));
await once(store, 'connect');
lines(store, '\n', (line) => {
  if (line.startsWith('{')) void count(() => adopt(JSON.parse(line) as Gift));
  else acks.shift()!(line);
});
process.on('SIGTERM', () => {
  stopping = true;
  void locker.close({ grace: 100 });
});

const ticker = setInterval(tick, EVERY);
let ticked = now();
function tick(): void {
  const at = now();
  if (at - ticked > EVERY + LATE) tell({ at, process: me, type: 'stood', since: ticked + EVERY });
  ticked = at;
  sections.look();
  say({ entered: sections.entered });
}

function block(ms: number): void {
  const since = now();
  const end = since + ms;
  // Before it does: whoever is killed then can not tell it.
  tell({ at: since, process: me, type: 'stood', since, to: end });
  while (now() < end);
  // That has been told.
  ticked = end;
}

async function callOnce(): Promise<void> {
  const wish = drawWish(random, mood);
  const { keys, ttl, timeout, patience, extend, gives, byHand } = wish;
  const key = keys.length === 1 ? keys[0]! : keys;
  const signal = patience === undefined ? undefined : AbortSignal.timeout(Math.ceil(patience));
  const options = { ttl, timeout, extend, signal };
  const outcome = await told(wish, signal, async (call) => {
    if (!gives && !byHand) return locker.withLock(key, (lock) => sections.run(lock, call, wish), options);
    const lock = await locker.acquire(key, options);
    try {
      await sections.run(lock, call, wish);
      if (gives) store.write(`${JSON.stringify({ key: keys[0], text: lock.serialize() })}\n`);
      else lock.signal.throwIfAborted();
    } finally {
      await giveBack(lock, call);
    }
  });
  // Refused at once, by a server that is away: nobody asks again in the same moment.
  if (outcome === 'LOCK_BACKEND') await sleep(20);
}

/** Takes over what another one has handed over, unless it may be that nobody does, and all have to wait for that. */
async function adopt({ key, text }: Gift): Promise<void> {
  if (mood !== 'bold' || stopping || resting !== undefined) return;
  const wish: Wish = { ...drawWish(random, mood), keys: [key], byHand: true };
  await told(wish, undefined, async (call) => {
    const { ttl, timeout, extend } = wish;
    const lock = await locker.adopt(text, { ttl, timeout, extend });
    try {
      await sections.run(lock, call, wish);
      lock.signal.throwIfAborted();
    } finally {
      await giveBack(lock, call);
    }
  });
}

async function giveBack(lock: Lock, call: number): Promise<void> {
  const outcome = await lock.release();
  tell({ at: now(), process: me, type: 'gave', call, outcome });
}

/** Makes a call, and tells when it begins and how it ends. @returns its outcome */
async function told(
  { keys, ttl, timeout, gives, byHand }: Wish,
  signal: AbortSignal | undefined,
  make: (call: number) => Promise<unknown>,
): Promise<string> {
  const call = ++calls;
  // What the library sees to by itself.
  const least = Math.floor(ttl / 2);
  const of = { process: me, call, keys, timeout, least, byHand: gives || byHand };
  tell({ at: now(), type: 'inv', ...of });
  const outcome = await make(call).then(
    () => 'ok',
    (error: unknown) => nameOf(error, signal),
  );
  tell({ at: now(), process: me, type: 'done', call, outcome });
  return outcome;
}

function nameOf(error: unknown, signal: AbortSignal | undefined): string {
  if (isLockError(error)) return error.code;
  if (signal?.aborted && error === signal.reason) return 'gave up';
  if (error instanceof Error && error.message === 'the work has failed') return 'failed';
  if (error instanceof Error && error.name === 'AbortError') return 'heard';
  throw error;
}

async function caller(): Promise<void> {
  while (!stopping) {
    await resting;
    await count(callOnce);
  }
}

/** Does what a worker that rests has done. */
async function count(work: () => Promise<void>): Promise<void> {
  busy += 1;
  await work();
  busy -= 1;
}

/** No more calls, until told to go on; and then, how much this process has and keeps. */
async function rest(): Promise<void> {
  resting = new Promise((resolve) => (goOn = resolve));
  while (busy > 0) await sleep(10);
  // What is left of connections that were replaced is closed by and by.
  await sleep(200);
  globalThis.gc?.();
  await sleep(50);
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  say({ entered: sections.entered, rested: { heap: heapUsed, rss, sockets } });
}

function say(report: Report): void {
  if (process.connected) process.send!(report, () => undefined);
}

await Promise.all(Array.from({ length: CALLERS }, caller));
while (busy > 0) await sleep(10);
await locker.close();
client.close();
clearInterval(ticker);
store.destroy();
if (process.connected) process.disconnect();
