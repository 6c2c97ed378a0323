/** A resource that checks fencing tokens: it refuses what comes with a lower one than it has seen. */
export class FencedStore {
  readonly #checks: boolean;
  #highest = 0;
  /** Who wrote last. */
  value: string | undefined;
  /** Tokens that were refused. */
  readonly refused: number[] = [];

  /** @param checks - false makes one that takes everything, to see what would happen */
  constructor(checks = true) {
    this.#checks = checks;
  }

  write(value: string, fence: number): boolean {
    if (fence < this.#highest) {
      this.refused.push(fence);
      if (this.#checks) return false;
    }
    this.#highest = Math.max(this.#highest, fence);
    this.value = value;
    return true;
  }
}
