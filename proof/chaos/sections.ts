import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import type { Lock } from '../../src/index.js';
import type { Event } from '../checker/history.js';
import { now } from './telling.js';
import type { Wish } from './wishes.js';
import type { Witness } from './witness.js';

/** Where the sections of a worker do their work, and tell of it. */
interface Place {
  /** The worker's name in the history. */
  readonly me: string;
  readonly witness: Witness;
  readonly tell: (event: Event) => void;
  /** Writes to the resource; resolves when it has answered. */
  readonly write: (call: number, key: string, fence: number) => Promise<unknown>;
  /** Stands still for so many ms. */
  readonly block: (ms: number) => void;
}

/** What a worker does while it has a lock. */
export class Sections {
  /** How many have begun. */
  entered = 0;
  readonly #place: Place;
  readonly #watched = new Map<number, { readonly lock: Lock; until: number | undefined }>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Looks at the leases of those that are watched. */
  look(): void {
    for (const call of this.#watched.keys()) this.#look(call);
  }

  async run(lock: Lock, call: number, wish: Wish): Promise<void> {
    const { me, witness, tell } = this.#place;
    const id = `${me}#${call}`;
    // The moment first: what is left a little later is less than what was left then, and never more.
    const at = now();
    const until = at + lock.remaining;
    for (const [key, fence] of lock.fencingTokens)
      tell({ at, process: me, type: 'enter', call, key, fence, until });
    const aborted = (): void => tell({ at: now(), process: me, type: 'abort', call });
    if (lock.signal.aborted) aborted();
    else lock.signal.addEventListener('abort', aborted);
    if (wish.watched) this.#watched.set(call, { lock, until });
    this.entered += 1;
    let threw = true;
    try {
      for (const key of lock.keys) {
        const other = witness.enter(key, id);
        if (other !== undefined) tell({ at: now(), process: me, type: 'clash', call, key, with: other });
      }
      for (const ttl of wish.stretches) {
        await lock.extend(ttl);
        this.#look(call);
      }
      await this.#work(lock, call, wish);
      threw = false;
    } finally {
      for (const key of lock.keys) witness.leave(key, id);
      lock.signal.removeEventListener('abort', aborted);
      this.#watched.delete(call);
      tell({ at: now(), process: me, type: 'exit', call, ...(threw && { threw }) });
    }
  }

  async #work({ signal, fencingTokens }: Lock, call: number, wish: Wish): Promise<void> {
    const { write, block } = this.#place;
    if (wish.blocks) block(wish.work);
    else if (wish.work === 0) await turn();
    else if (wish.deaf) await sleep(wish.work);
    else await sleep(wish.work, undefined, { signal });
    for (const [key, fence] of fencingTokens) await write(call, key, fence);
    if (wish.throws) throw new Error('the work has failed');
  }

  #look(call: number): void {
    const one = this.#watched.get(call);
    if (one === undefined) return;
    const at = now();
    const { remaining } = one.lock;
    const until = remaining > 0 ? at + remaining : undefined;
    // Said again only when there is news: the end has moved by more than clocks differ.
    if (one.until === until || Math.abs(one.until! - until!) < 1) return;
    one.until = until;
    const { me, tell } = this.#place;
    tell({ at, process: me, type: 'look', call, ...(until === undefined ? {} : { until }) });
  }
}
