import type { MakeAdapter } from './probe.js';

/** One thing that an adapter must do. */
export interface AdapterCheck {
  /** What must be so: the title of a test. */
  readonly name: string;
  /**
   * @param makeAdapter - makes the adapter that is checked, on a client of its own for each call, of one real server (or one Cluster); may
   *   be called several times. Its clients are closed by whoever made them
   * @throws {Error} saying what is wrong
   */
  run(makeAdapter: MakeAdapter): Promise<void>;
}
