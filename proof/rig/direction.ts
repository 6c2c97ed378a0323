import type { Socket } from 'node:net';

import { type Fault, pass } from './link-faults.js';

interface Waiting {
  /** Undefined for the end of the stream, which must not overtake the bytes before it. */
  readonly bytes: Buffer | undefined;
  /** When it goes on, on the monotonic clock. */
  readonly due: number;
}

/** One direction of a connection through the proxy: keeps the order of its bytes, whatever its faults are. */
export class Direction {
  readonly #to: Socket;
  readonly #random: () => number;
  readonly #cut: () => void;
  #fault: Fault = pass;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Socket, random: () => number, cut: () => void) {
    this.#to = to;
    this.#random = random;
    this.#cut = cut;
  }

  /** What happens to bytes from now on. */
  set fault(fault: Fault) {
    this.#fault = fault;
    if (fault.does === 'swallow') this.#waiting = [];
    if (fault.does === 'pass') this.#forward(Infinity);
  }

  take(bytes: Buffer): void {
    const fault = this.#fault;
    const now = performance.now();
    switch (fault.does) {
      case 'swallow':
        return;
      case 'cut':
        this.#cut();
        return;
      case 'pass':
        this.#push(bytes, now);
        break;
      case 'garbage':
        this.#push(fault.make(bytes), now);
        break;
      case 'delay':
        this.#push(bytes, now + fault.ms + fault.jitter * (2 * this.#random() - 1));
        break;
      case 'slow':
        for (let at = 0; at < bytes.length; at += fault.bytes)
          this.#push(bytes.subarray(at, at + fault.bytes), Math.max(now, this.#lastDue) + fault.every);
    }
    this.#forward(now);
  }

  /** Its source has ended: the destination hears of it behind all bytes, unless the link swallows that as well. */
  end(): void {
    if (this.#fault.does === 'swallow') return;
    this.#push(undefined, performance.now());
    this.#forward(performance.now());
  }

  /** Writes no more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  get #lastDue(): number {
    return this.#waiting.at(-1)?.due ?? -Infinity;
  }

  #push(bytes: Buffer | undefined, due: number): void {
    this.#waiting.push({ bytes, due: Math.max(due, this.#lastDue) });
  }

  /** Lets all through that is due at `moment`, and comes back for the rest. */
  #forward(moment: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.due <= moment) {
      const { bytes } = this.#waiting.shift()!;
      if (bytes === undefined) this.#to.end();
      else if (this.#to.writable) this.#to.write(bytes);
    }
    clearTimeout(this.#timer);
    const [next] = this.#waiting;
    if (next === undefined) return;
    // Rounded up, since a timer with a fraction of a ms fires too early.
    const wait = Math.max(1, Math.ceil(next.due - performance.now()));
    this.#timer = setTimeout(() => this.#forward(performance.now()), wait);
  }
}
