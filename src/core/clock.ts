/** Where the engine reads the time. Two clocks, because each of them can be wrong where the other is right. */
export interface Clock {
  /** Milliseconds since some moment; never goes back, but stands still while the machine is suspended. */
  mono(): number;
  /** Milliseconds since the epoch; runs on during a suspend, but may be set back or forth. */
  wall(): number;
}

/** A moment on both clocks. */
export interface Instant {
  readonly mono: number;
  readonly wall: number;
}

/** Reads both clocks. */
export function now(clock: Clock): Instant {
  return { mono: clock.mono(), wall: clock.wall() };
}

/** Milliseconds since `start` by the clock that says more: for a lease, the pessimistic answer. */
export function elapsed(clock: Clock, start: Instant): number {
  return Math.max(clock.mono() - start.mono, clock.wall() - start.wall);
}

/** Cancels the timer; does nothing when it has fired. */
export type CancelTimer = () => void;

/** Where the engine gets its timers. */
export interface Timers {
  /**
   * Calls `callback` once, `delay` ms from now; any finite delay, also those past 2^31 ms.
   *
   * @param background - true: the timer is no reason for the process to stay alive
   */
  set(callback: () => void, delay: number, background?: boolean): CancelTimer;
}
