/** S2: the fencing tokens of one key strictly increase, in the order of the grants. */
export class Fences {
  readonly #last = new Map<string, number>();

  constructor(readonly wrong: (what: string) => void) {}

  /** @param isExcused - a grant from before a loss may reach its caller behind one from after it: so it is refused later */
  granted(tokens: ReadonlyMap<string, number>, isExcused: boolean): void {
    for (const [key, token] of tokens) {
      const last = this.#last.get(key);
      if (last !== undefined && token <= last && !isExcused)
        this.wrong(`S2: ${key} got ${token} after ${last}`);
      this.#last.set(key, Math.max(token, last ?? 0));
    }
  }
}

/** What a lock guards: refuses whoever comes with a lower fencing token than somebody before. */
export class Resource {
  readonly #highest = new Map<string, number>();

  /** @returns whether all of it was accepted */
  write(tokens: ReadonlyMap<string, number>): boolean {
    for (const [key, token] of tokens) if (token < (this.#highest.get(key) ?? 0)) return false;
    for (const [key, token] of tokens) this.#highest.set(key, token);
    return true;
  }
}
