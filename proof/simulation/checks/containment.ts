import type { Stored } from '../server.js';

/** PTTL has whole ms, and clocks are read a little apart. */
const WHOLE = 1;

/** A lock that a process takes for its own. */
export interface Claimed {
  readonly key: string;
  /** How the tokens of its process begin. */
  readonly tokens: string;
  /** Virtual ms for which its holder will take it for its own by itself; 0 when it does not. */
  readonly remaining: () => number;
  /** Whether the servers have forgotten something that it counts on. */
  readonly isExcused: () => boolean;
}

/** S3, on one server: what a process takes for its own is its own there, for as long at least, without anybody else who wants it. */
export class Containment {
  readonly #claims = new Set<Claimed>();

  constructor(readonly wrong: (what: string) => void) {}

  enter(claim: Claimed): void {
    this.#claims.add(claim);
  }

  leave(claim: Claimed): void {
    this.#claims.delete(claim);
  }

  /** @param stored - all locks that there are */
  look(stored: readonly Stored[]): void {
    for (const claim of this.#claims) {
      const { key, tokens } = claim;
      const remaining = claim.remaining();
      if (remaining === 0) continue;
      const own = stored.find((one) => one.key === `lock:${key}` && one.token.startsWith(tokens));
      if (own !== undefined && remaining <= own.ttl + WHOLE) continue;
      if (claim.isExcused()) continue;
      const there =
        own === undefined ? 'is not its own in the server' : `ends in ${own.ttl} ms in the server`;
      this.wrong(`S3: ${key} is held for ${remaining.toFixed(1)} ms more, and ${there}`);
    }
  }
}
