/** Which processes want which keys, and since when without a break: one place in a queue serves all callers of a process. */
export class Asking {
  readonly #wanted = new Map<string, { callers: number; readonly since: number }>();

  /**
   * A call begins.
   *
   * @returns to be called at its end: since when, in virtual ms, somebody of its process has wanted one of its keys
   */
  begin(now: number, process: number, keys: readonly string[]): () => number {
    const names = keys.map((key) => `${process} ${key}`);
    for (const name of names) {
      const before = this.#wanted.get(name);
      if (before === undefined) this.#wanted.set(name, { callers: 1, since: now });
      else before.callers++;
    }
    return () => Math.min(...names.map((name) => this.#end(name)));
  }

  #end(name: string): number {
    const wanted = this.#wanted.get(name)!;
    if (--wanted.callers === 0) this.#wanted.delete(name);
    return wanted.since;
  }
}
