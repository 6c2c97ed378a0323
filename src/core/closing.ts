/**
 * Whether the locker is closing, and who wants to be told.
 *
 * Not an AbortSignal: that one keeps its listeners in a list, and thousands of waiters would search it to come and to go.
 */
export class Closing {
  readonly #listeners = new Set<() => void>();
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  /** @returns a function that takes the listener away again */
  onBegin(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  begin(): void {
    this.#begun = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
