/** A resource that checks fencing tokens: it refuses what comes with a lower one than it has seen. */
export class FencedStore {
  readonly #checks: boolean;
  /** Who wrote last. */
  value: string | undefined;
  /** The tokens of what it has accepted. */
  readonly accepted: number[] = [];
  /** Those that it has seen come late; they are refused, if it checks. */
  readonly refused: number[] = [];

  /** @param checks - false makes one that takes everything, to see what would happen */
  constructor(checks = true) {
    this.#checks = checks;
  }

  /** @returns whether the write was accepted */
  write(value: string, fence: number): boolean {
    if (fence < Math.max(0, ...this.accepted)) {
      this.refused.push(fence);
      if (this.#checks) return false;
    }
    this.accepted.push(fence);
    this.value = value;
    return true;
  }
}
