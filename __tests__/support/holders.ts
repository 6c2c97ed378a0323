import { Program } from '../programs/program.js';
import { deferred, type Deferred } from './deferred.js';

/** How a holder heard of its loss. Times in ms on the clock of `now()`, but for `wall`. */
export interface Told {
  readonly at: number;
  /** The same moment on the clock of Redis, which is this machine's. */
  readonly wall: number;
  readonly reason: string;
  readonly held: boolean;
  /** The end of the lease that it last knew of. */
  readonly believedUntil: number;
}

/** When a process stood still. */
export type Standstill = readonly [from: number, to: number];

/** A process that holds many locks: `holders.mjs`. */
export class Holders {
  readonly #program: Program;
  readonly #expected = new Map<string, Deferred<Record<string, unknown>>>();

  private constructor(program: Program) {
    this.#program = program;
  }

  /**
   * @param urls - where it will find Redis; it connects to all of them now
   * @param env - what it has in its environment besides ours
   */
  static async start(urls: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Holders> {
    const holders = new Holders(new Program('holders.mjs', env));
    await holders.#program.next();
    holders.#program.send({ connect: urls });
    await holders.#program.next();
    void holders.#read();
    return holders;
  }

  /** Resolves to the fencing token when the lock is held. */
  async acquire(key: string, url: string, options: object): Promise<number> {
    this.#program.send({ acquire: key, url, options });
    return (await this.#expect('granted', key))['fencingToken'] as number;
  }

  /** Resolves when the holder of `key` has been told that it has lost it. */
  async loss(key: string): Promise<Told> {
    return (await this.#expect('lost', key)) as unknown as Told;
  }

  async release(key: string): Promise<unknown> {
    this.#program.send({ release: key });
    return (await this.#expect('released', key))['outcome'];
  }

  /** Ends the process. @returns when it stood still */
  async finish(): Promise<readonly Standstill[]> {
    this.#program.send({ finish: true });
    const { stood } = await this.#expect('stood', '');
    expect(await this.#program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    return stood as Standstill[];
  }

  #expect(what: string, key: string): Promise<Record<string, unknown>> {
    const name = `${what} ${key}`;
    if (!this.#expected.has(name)) this.#expected.set(name, deferred());
    return this.#expected.get(name)!.promise;
  }

  /** One reader for all who wait. */
  async #read(): Promise<void> {
    for (;;) {
      const message = await this.#program.next().catch(() => undefined);
      if (message === undefined) return;
      const what = ['granted', 'lost', 'released', 'stood'].find((name) => name in message)!;
      const key = what === 'stood' ? '' : (message[what] as string);
      void this.#expect(what, key);
      this.#expected.get(`${what} ${key}`)!.resolve(message);
    }
  }
}

/** For how long a process stood still between two moments, in ms. */
export function standstill(stood: readonly Standstill[], from: number, to: number): number {
  return stood.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)), 0);
}
