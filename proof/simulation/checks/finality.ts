/** S5: a lock that is not held any more is never held again, whatever arrives later. */
export class Finality {
  readonly #locks = new Map<{ readonly held: boolean }, boolean>();

  constructor(readonly wrong: (what: string) => void) {}

  watch(lock: { readonly held: boolean }): void {
    this.#locks.set(lock, true);
  }

  /** Looks at all of them. */
  look(): void {
    for (const [lock, wasHeld] of this.#locks) {
      const { held } = lock;
      if (held && !wasHeld) this.wrong('S5: a lock that was over is held again');
      this.#locks.set(lock, held);
    }
  }
}
