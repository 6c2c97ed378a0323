/** So many locks are remembered as written over the present connection: of those in between an acquire and its WAIT. */
const MOST_REMEMBERED = 10_000;

/**
 * Which locks were written over the present connection.
 *
 * WAIT speaks of what its own connection has written. After a failover that is one to another server, which may never
 * have heard of the lock, and would say that all its replicas have all that it knows.
 */
export class Written {
  readonly #connection: () => unknown;
  #present: unknown;
  readonly #keys = new Set<string>();

  /** @param connection - something that is another one for each connection */
  constructor(connection: () => unknown) {
    this.#connection = connection;
  }

  /** A script of these keys, of which each lock has `each`, has been answered just now. */
  note(keys: readonly string[], each: number): void {
    const connection = this.#connection();
    if (connection !== this.#present) this.#keys.clear();
    this.#present = connection;
    for (let at = 0; at < keys.length; at += each) this.#noteLock(keys[at] ?? '');
  }

  /** @throws {Error} when the lock of these keys was not written over the present connection, as far as is remembered */
  check([lock = '']: readonly string[]): void {
    if (this.#connection() !== this.#present || !this.#keys.has(lock))
      throw new Error('the lock was written over another connection than the one that can be asked now');
  }

  #noteLock(key: string): void {
    // Behind all others, so that the first one is the oldest.
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= MOST_REMEMBERED) return;
    const [oldest = ''] = this.#keys;
    this.#keys.delete(oldest);
  }
}
