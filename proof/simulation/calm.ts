import { Fairness } from './checks/fairness.js';
import { Promptness } from './checks/promptness.js';
import type { SimulatedServer } from './server.js';

/** So long a free lock may be free while somebody waits, in ms: a message each way, where there are messages; or until it is asked for again. */
const [TOLD, ASKED] = [50, 1_050];

/** When all is well, in virtual ms. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The time of a schedule in which nothing is wrong any more, and locks have to be granted soon and in turn. */
export class Calm {
  readonly promptness: Promptness;
  readonly fairness: Fairness;
  readonly #span: Span;
  readonly #lockKeys: readonly string[];

  /**
   * @param lockKeys - as they lie in the servers
   * @param servers - how many there are
   */
  constructor(span: Span, lockKeys: readonly string[], servers: number, wrong: (what: string) => void) {
    this.#span = span;
    this.#lockKeys = lockKeys;
    this.promptness = new Promptness(servers === 1 ? TOLD : ASKED, wrong);
    this.fairness = new Fairness(wrong);
  }

  /** Whether it is at `now`. */
  lasts(now: number): boolean {
    return now >= this.#span.from && now < this.#span.until;
  }

  /** A script was done. */
  look(now: number, servers: readonly SimulatedServer[]): void {
    if (!this.lasts(now)) return;
    const most = Math.floor(servers.length / 2) + 1;
    const tokens = servers.flatMap((server) => server.stored());
    const has = (name: string): boolean => {
      const those = tokens.filter(({ key }) => key === name).map(({ token }) => token);
      return those.some((token) => those.filter((one) => one === token).length >= most);
    };
    this.promptness.look(now, this.#lockKeys, new Set(this.#lockKeys.filter(has)));
  }

  /** A call begins. @returns to be called when it waits no more, with whether it was granted */
  wait(now: number, process: number, key: string): (granted: boolean) => void {
    if (!this.lasts(now)) return () => undefined;
    const free = this.promptness.wait({ key: `lock:${key}`, since: now });
    const left = this.fairness.wait(process, key);
    return (granted) => {
      free();
      left(granted);
    };
  }
}
