/**
 * Work that goes on after its caller was answered: taking back what an unanswered command may have left in Redis.
 *
 * The locker waits for it when it closes, so that nothing is left behind by going away too early.
 */
export class Cleanup {
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  /** Aborts when there is no more time: tasks make one more try, and no pause. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** @param task - must not reject */
  start(task: () => Promise<void>): void {
    const running = task().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when every task has ended. A task in a pause between two tries makes the next one at once, and its last. */
  async finish(): Promise<void> {
    this.#stop.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
