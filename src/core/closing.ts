import { Queue } from './queue.js';

/**
 * Whether the locker is closing, and who wants to be told.
 *
 * Not an AbortSignal: that one keeps its listeners in a list, and thousands of waiters would search it to come and to go.
 */
export class Closing {
  readonly #listeners = new Queue<() => void>();
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  /** @returns a function that takes the listener away again */
  onBegin(listener: () => void): () => void {
    const place = this.#listeners.push(listener);
    return () => this.#listeners.remove(place);
  }

  begin(): void {
    this.#begun = true;
    for (let place = this.#listeners.first; place !== undefined; place = this.#listeners.first) {
      this.#listeners.remove(place);
      place.value();
    }
  }
}
