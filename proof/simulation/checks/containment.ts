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

/** S3: what a process takes for its own is its own in most of the servers, for as long at least, without anybody else who wants it. */
export class Containment {
  readonly #claims = new Set<Claimed>();

  constructor(readonly wrong: (what: string) => void) {}

  enter(claim: Claimed): void {
    this.#claims.add(claim);
  }

  leave(claim: Claimed): void {
    this.#claims.delete(claim);
  }

  /** @param servers - all locks that there are in each of them */
  look(servers: readonly { stored(): readonly Stored[] }[]): void {
    const most = Math.floor(servers.length / 2) + 1;
    let seen: readonly (readonly Stored[])[] | undefined;
    for (const claim of this.#claims) {
      const { key, tokens } = claim;
      const remaining = claim.remaining();
      if (remaining === 0) continue;
      seen ??= servers.map((server) => server.stored());
      const left = seen
        .map(
          (stored) =>
            stored.find((one) => one.key === `lock:${key}` && one.token.startsWith(tokens))?.ttl ?? 0,
        )
        .sort((a, b) => b - a);
      const lasts = left[most - 1] ?? 0;
      if (remaining <= lasts + WHOLE || claim.isExcused()) continue;
      const there = lasts === 0 ? 'is not its own' : `ends in ${lasts} ms`;
      this.wrong(
        `S3: ${key} is held for ${remaining.toFixed(1)} ms more, and ${there} in ${most} of ${servers.length} servers`,
      );
    }
  }
}
