import { show } from '../checks.js';

/** What goes wrong with one step on its way: the request or the reply is late or never arrives, or the server answers an error. */
export interface Fault {
  readonly what: 'request' | 'reply' | Error;
  /** In ms; Infinity: it is lost. */
  readonly delay: number;
  /** The Redis keys of the one lock that it is for; undefined for any. */
  readonly of: readonly string[] | undefined;
}

/** What goes wrong with the next steps, in the order in which the test has said so. */
export class Faults {
  readonly #coming: Fault[] = [];

  add(what: Fault['what'], delay: number, times: number, of: Fault['of']): void {
    for (let n = 0; n < times; n++) this.#coming.push({ what, delay, of });
  }

  /**
   * What goes wrong with a step for these keys, once.
   *
   * @param isJoined - whether it is several steps, which may be for several locks
   * @throws {Error} that one of them is concerned, and must travel alone
   */
  take(isJoined: boolean, keys: readonly string[]): Fault | undefined {
    const at = this.#coming.findIndex(({ of }) => of === undefined || of.some((key) => keys.includes(key)));
    // Refused as a whole, each is sent alone, and the one that is meant can be told from the others.
    if (isJoined && this.#coming[at]?.of !== undefined)
      throw new Error('NOPERM steps for this lock travel alone');
    return at < 0 ? undefined : this.#coming.splice(at, 1)[0];
  }
}

/** @throws {TypeError} naming method, rule and value */
export function half(method: string, what: unknown): 'request' | 'reply' {
  if (what === 'request' || what === 'reply') return what;
  throw new TypeError(`${method}: what must be 'request' or 'reply', not ${show(what)}`);
}
