import type { CancelTimer } from './clock.js';
import type { Environment } from './environment.js';

/** How often it looks, in ms. */
const PERIOD = 1_000;

/**
 * Looks at what is there once a second, while there is anything.
 *
 * Timers count on the monotonic clock, which stands still while a machine sleeps; what has passed meanwhile is on the wall clock
 * alone, and no timer tells of it.
 */
export class Watch {
  readonly #environment: Environment;
  readonly #look: () => boolean;
  #running = false;
  #cancel: CancelTimer | undefined;

  /** @param look - returns whether to look again */
  constructor(environment: Environment, look: () => boolean) {
    this.#environment = environment;
    this.#look = look;
  }

  /** Looks from now on; does nothing when it does so already. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const again = (): void => {
      // In the background: it keeps no process alive.
      this.#cancel = this.#environment.timers.set(
        () => {
          if (this.#look()) again();
          else this.#running = false;
        },
        PERIOD,
        true,
      );
    };
    again();
  }

  stop(): void {
    this.#cancel?.();
    this.#running = false;
  }
}
