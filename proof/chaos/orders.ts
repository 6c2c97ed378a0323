import type { Mood } from './wishes.js';

/** What the arena tells a worker to do. `rest`: finish all calls, and begin none; `go`: begin again, telling into another folder. */
export type Order =
  | { readonly does: 'feel'; readonly mood: Mood }
  | { readonly does: 'rest' }
  | { readonly does: 'stop' }
  | { readonly does: 'block'; readonly ms: number }
  | { readonly does: 'go'; readonly folder: string };

/** What a worker has when it rests. */
export interface Rested {
  /** Bytes on the heap after a collection, if the process may collect (`--expose-gc`). */
  readonly heap: number;
  /** Bytes of memory in all. */
  readonly rss: number;
  /** Open connections to Redis. */
  readonly sockets: number;
}

/** What a worker says now and then: how many calls have entered, and that it rests. */
export interface Report {
  readonly entered: number;
  readonly rested?: Rested;
}
