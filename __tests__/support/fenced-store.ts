/** Something that a lock guards: it refuses what comes with an older fencing token than it has seen. */
export class FencedStore {
  /** The tokens of what it has accepted. */
  readonly accepted: number[] = [];

  /** @returns whether the write was accepted */
  write(fence: number): boolean {
    const fresh = fence >= (this.accepted.at(-1) ?? 0);
    if (fresh) this.accepted.push(fence);
    return fresh;
  }
}
