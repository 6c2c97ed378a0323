import type { Closing } from './closing.js';
import type { Environment } from './environment.js';
import { onAbort } from './on-abort.js';

/** Why a caller stopped waiting. */
export type End =
  | { readonly why: 'timeout' }
  | { readonly why: 'aborted'; readonly reason: unknown }
  | { readonly why: 'closed' };

/**
 * One caller's willingness to wait: until its timeout, its signal or the closing of the locker, whichever is first.
 *
 * {@link Patience.dispose} takes back every timer and listener.
 */
export class Patience {
  readonly #environment: Environment;
  readonly #deadline: number;
  readonly #onEnd: () => void;
  readonly #undo: (() => void)[] = [];
  /** Whether the timeout ends it. Not that of 0, which ends after the first attempt and not before. */
  readonly #limited: boolean;
  #end: End | undefined;

  /**
   * @param timeout - in ms; Infinity never ends by itself, and 0 does not end before a first attempt is answered
   * @param onEnd - called once when it ends; at once when it has ended already
   * @param since - from when on the timeout counts, on the monotonic clock
   */
  constructor(
    environment: Environment,
    timeout: number,
    signal: AbortSignal | undefined,
    closing: Closing,
    onEnd: () => void,
    since = environment.clock.mono(),
  ) {
    this.#environment = environment;
    this.#deadline = since + timeout;
    this.#limited = timeout > 0;
    this.#onEnd = onEnd;
    if (closing.begun) this.#finish({ why: 'closed' });
    else this.#undo.push(closing.onBegin(() => this.#finish({ why: 'closed' })));
    if (signal !== undefined) {
      this.#undo.push(onAbort(signal, () => this.#finish({ why: 'aborted', reason: signal.reason })));
    }
    if (this.#limited && timeout !== Infinity) {
      this.#undo.push(environment.timers.set(() => this.#finish({ why: 'timeout' }), this.remaining));
    }
  }

  /** Until the timeout, in ms; not below 0. */
  get remaining(): number {
    return Math.max(0, this.#deadline - this.#environment.clock.mono());
  }

  /** Why the caller stopped waiting; undefined while it still waits. */
  get end(): End | undefined {
    // By the clock, too: a process that was stopped reads what has come for it before its timers fire.
    if (this.#limited && this.remaining === 0) this.#finish({ why: 'timeout' });
    return this.#end;
  }

  dispose(): void {
    for (const undo of this.#undo) undo();
    this.#undo.length = 0;
  }

  #finish(end: End): void {
    // The first reason stays: a caller that has been told of its timeout is not told of something else.
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#onEnd();
  }
}
