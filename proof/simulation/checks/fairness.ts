/** So many grants for each process make shares that mean something. */
const ENOUGH = 20;
/** The most that one process may have of what another one has. */
const MOST = 3;

/** L4: callers of one process are served in their order, and no process has three times as much as another one. */
export class Fairness {
  readonly #queues = new Map<string, { overtaken: boolean }[]>();
  readonly #grants = new Map<string, Map<number, number>>();

  constructor(readonly wrong: (what: string) => void) {}

  /** A caller begins to wait. @returns to be called with whether it was granted */
  wait(process: number, key: string): (granted: boolean) => void {
    const name = `${process} ${key}`;
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    const me = { overtaken: false };
    queue.push(me);
    return (granted) => {
      const at = queue.indexOf(me);
      queue.splice(at, 1);
      if (!granted) return;
      // One before it may have come to its timeout, and hear of it in a moment: it is wrong when that one is granted, too.
      for (const ahead of queue.slice(0, at)) ahead.overtaken = true;
      if (me.overtaken) this.wrong(`L4: a later caller of process ${process} got ${key} earlier`);
      const grants = this.#grants.get(key) ?? new Map<number, number>();
      this.#grants.set(key, grants.set(process, (grants.get(process) ?? 0) + 1));
    };
  }

  /**
   * Looks at the shares of a key.
   *
   * @param processes - those that wanted it all the time
   * @returns how many grants the one with the most had for each of the one with the least; 1 where they say nothing
   */
  look(key: string, processes: readonly number[]): number {
    const shares = processes.map((process) => this.#grants.get(key)?.get(process) ?? 0);
    const all = shares.reduce((sum, share) => sum + share, 0);
    if (shares.length < 2 || all < ENOUGH * shares.length) return 1;
    const [least, most] = [Math.min(...shares), Math.max(...shares)];
    if (most > MOST * least) this.wrong(`L4: the processes were granted ${key} ${shares.join(', ')} times`);
    return most / least;
  }
}
