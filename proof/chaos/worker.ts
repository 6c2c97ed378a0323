/** A service with many callers: port, the run's folder, that of its histories, seed, kind of client. Ends when it is told to stop, or by SIGTERM, by itself. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { createLocker, isLockError, type Lock } from '../../src/index.js';
import { COMMAND_TIMEOUT } from '../checker/checks/settled.js';
import { dice } from '../dice.js';
import { openClient } from './client.js';
import type { Order, Report } from './orders.js';
import { lines } from './lines.js';
import { now, Teller } from './telling.js';
import { drawWish, type Wish } from './wishes.js';
import { Witness } from './witness.js';

const CALLERS = 16;
/** How often leases are looked at, ms. */
const EVERY = 10;
/** A process that was called so many ms late stood still. */
const LATE = 20;
/** The ttl of all locks, ms. */
const TTL = 400;

const [port, root, folder, seed, kind] = process.argv.slice(2);
const me = String(process.pid);
const teller = new Teller(folder!, `worker-${me}`);
const { tell } = teller;
const witness = new Witness(join(root!, 'witness'));
const random = dice(Number(seed));
const acks: ((taken: string) => void)[] = [];
const working = new Map<number, { readonly lock: Lock; until: number | undefined }>();
let [calls, entered, busy, stopping, calm] = [0, 0, 0, false, false];
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
  } else if (order.does === 'calm') calm = true;
  else if (order.does === 'block') block(order.ms);
  else if (order.does === 'rest') void rest();
  else {
    teller.turn(order.folder);
    [calm, resting] = [false, undefined];
    goOn();
  }
});

// Nobody is left to tell it to stop.
process.on('disconnect', () => {
  if (!stopping) process.exit(1);
});

const store = connect(join(root!, 'store.sock'));
await once(store, 'connect');
lines(store, '\n', (line) => acks.shift()!(line));
const client = await openClient(kind!, Number(port));
const locker = createLocker(client.adapter, { ttl: TTL, commandTimeout: COMMAND_TIMEOUT });
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
  for (const call of working.keys()) look(call);
  say({ entered });
}

function look(call: number): void {
  const one = working.get(call)!;
  const at = now();
  const { remaining } = one.lock;
  const until = remaining > 0 ? at + remaining : undefined;
  // Said again only when there is news: the end has moved by more than clocks differ.
  if (one.until === until || Math.abs(one.until! - until!) < 1) return;
  one.until = until;
  tell({ at, process: me, type: 'look', call, ...(until === undefined ? {} : { until }) });
}

function block(ms: number): void {
  const since = now();
  const end = since + ms;
  // Before it does: whoever is killed then can not tell it.
  tell({ at: since, process: me, type: 'stood', since, to: end });
  while (now() < end);
}

function write(call: number, key: string, fence: number): Promise<string> {
  store.write(`${JSON.stringify({ process: me, call, key, fence })}\n`);
  return new Promise((resolve) => acks.push(resolve));
}

async function body(lock: Lock, call: number, wish: Wish): Promise<void> {
  const id = `${me}#${call}`;
  // The moment first: what is left a little later is less than what was left then, and never more.
  const at = now();
  const until = at + lock.remaining;
  const step = (type: 'abort' | 'exit') => tell({ at: now(), process: me, type, call });
  for (const [key, fence] of lock.fencingTokens)
    tell({ at, process: me, type: 'enter', call, key, fence, until });
  const aborted = (): void => step('abort');
  if (lock.signal.aborted) aborted();
  else lock.signal.addEventListener('abort', aborted);
  if (wish.watched) working.set(call, { lock, until });
  entered += 1;
  try {
    for (const key of lock.keys) {
      const other = witness.enter(key, id);
      if (other !== undefined) tell({ at: now(), process: me, type: 'clash', call, key, with: other });
    }
    if (wish.blocks) block(wish.work);
    else if (wish.work === 0) await turn();
    else if (wish.deaf) await sleep(wish.work);
    else await sleep(wish.work, undefined, { signal: lock.signal });
    for (const [key, fence] of lock.fencingTokens) await write(call, key, fence);
    if (wish.throws) throw new Error('the work has failed');
  } finally {
    for (const key of lock.keys) witness.leave(key, id);
    lock.signal.removeEventListener('abort', aborted);
    working.delete(call);
    step('exit');
  }
}

async function callOnce(): Promise<void> {
  const call = ++calls;
  const wish = drawWish(random, calm);
  const { keys, timeout, patience, extend } = wish;
  const signal = patience === undefined ? undefined : AbortSignal.timeout(Math.ceil(patience));
  tell({ at: now(), process: me, type: 'inv', call, keys, timeout });
  const outcome = await locker
    .withLock(keys.length === 1 ? keys[0]! : keys, (lock) => body(lock, call, wish), {
      timeout,
      signal,
      extend,
    })
    .then(
      () => 'ok',
      (error: unknown) => nameOf(error, signal),
    );
  tell({ at: now(), process: me, type: 'done', call, outcome });
  // Refused at once, by a server that is away: nobody asks again in the same moment.
  if (outcome === 'LOCK_BACKEND') await sleep(20);
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
    busy += 1;
    await callOnce();
    busy -= 1;
  }
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
  say({ entered, rested: { heap: heapUsed, rss, sockets } });
}

function say(report: Report): void {
  if (process.connected) process.send!(report, () => undefined);
}

await Promise.all(Array.from({ length: CALLERS }, caller));
await locker.close();
client.close();
clearInterval(ticker);
store.destroy();
if (process.connected) process.disconnect();
