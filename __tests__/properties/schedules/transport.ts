import type * as fc from 'fast-check';

import type { Adapter, MemoryAdapter } from '../../../src/index.js';

/** What becomes of a command on its way. */
export type Fate = 'fine' | 'request lost' | 'reply lost' | 'connection lost';

/**
 * A client whose requests, replies and messages all arrive when the scheduler lets them, in whatever order: as those of
 * a pool of slow connections.
 */
export class ScheduledTransport implements Adapter {
  readonly joins = true;
  /** Channels that are listened to. */
  listening = 0;
  readonly #backend: MemoryAdapter;
  readonly #scheduler: fc.Scheduler;
  readonly #fate: () => Fate;

  constructor(backend: MemoryAdapter, scheduler: fc.Scheduler, fate: () => Fate) {
    this.#backend = backend;
    this.#scheduler = scheduler;
    this.#fate = fate;
  }

  readonly run: Adapter['run'] = async (script, keys, args) => {
    const fate = this.#fate();
    await this.#arrives(`request ${script.name}`);
    if (fate === 'request lost') return new Promise(() => undefined);
    const reply = await this.#backend.run(script, keys, args);
    await this.#arrives(`reply to ${script.name}`);
    if (fate === 'connection lost') throw new Error('the connection was lost');
    return fate === 'reply lost' ? new Promise(() => undefined) : reply;
  };

  readonly subscribe: Adapter['subscribe'] = async (channel, listener, signal) => {
    await this.#arrives('subscription');
    signal?.throwIfAborted();
    let on = true;
    const stop = await this.#backend.subscribe(channel, (message) => {
      void this.#arrives('message').then(() => on && listener(message));
    });
    this.listening++;
    return async () => {
      if (!on) return;
      on = false;
      this.listening--;
      await stop();
    };
  };

  async #arrives(label: string): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), label);
  }
}
