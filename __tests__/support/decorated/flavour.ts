import {
  createLocker,
  type Locker,
  type LockEvents,
  memory,
  type MemoryAdapter,
  setDefaultLocker,
} from '../../../src/index.js';
import { keysIn } from '../keys-left.js';

/** A name that no other property has. */
export const NAMELESS = Symbol('nameless');

/** How the methods of a class are decorated, and what they do. Nothing here is typed: tests give it nonsense, too. */
interface Design {
  readonly key?: unknown;
  readonly options?: unknown;
  readonly body?: (this: any, ...args: any[]) => unknown;
  readonly steps?: (this: any, ...args: any[]) => AsyncGenerator<unknown, unknown>;
}

/** Every kind of method, all of one {@link Design}. */
export interface Lodge {
  readonly prefix: string;
  add(...args: unknown[]): Promise<unknown>;
  walk(...args: unknown[]): AsyncGenerator<unknown, unknown>;
  [NAMELESS](...args: unknown[]): Promise<unknown>;
}

interface LodgeClass {
  new (): Lodge;
  build(...args: unknown[]): Promise<unknown>;
}

/** Classes made with one flavour of decorators; the tests are the same for both. */
export interface Flavour {
  lodge(design: Design): LodgeClass;
  /** `save` of the parent locks `parent:id`; the child's locks `child:id` and calls it; the heir just has it. */
  family(body: (id: string) => Promise<unknown>): Record<'Parent' | 'Child' | 'Heir', new () => Saver>;
  /** `charge(account, amount)` locked by its account, over a decorator that calls `mark` with the bare method. */
  marked(
    mark: (method: object) => void,
  ): new () => { charge(account: string, amount: number): Promise<unknown> };
  /** `add` and `walk` under two locks, `outer` and `inner`. */
  twice(design: Pick<Design, 'body' | 'steps'>): new () => Pick<Lodge, 'add' | 'walk'>;
  /** A class with a synchronous method, and one that returns an async iterable without being a generator. */
  wrong(results: { sync: unknown; iterable: AsyncIterable<unknown> }): new () => Wrong;
  /** Makes what can not be decorated, behind what it is called in the error. */
  readonly misuse: readonly [what: string, make: () => unknown][];
  /** Calls the decorator by hand, on something that is called `odd` and is no function. */
  byHand(value: unknown): unknown;
}

interface Saver {
  save(id: string): Promise<unknown>;
}

interface Wrong {
  sync(): unknown;
  iterable(): unknown;
}

/** What the tests of decorated methods share: a default locker in memory, new for each test. */
export interface World {
  adapter: MemoryAdapter;
  locker: Locker;
  /** All keys that are locked now, without the prefix. */
  locked(): string[];
  /** The next event of this name. */
  next<Name extends keyof LockEvents>(name: Name): Promise<LockEvents[Name]>;
}

/** A new {@link World} before each test; after it, whatever happened, nothing may be locked any more. */
export function newWorlds(): World {
  const world: World = {
    adapter: memory(),
    locker: createLocker(memory()),
    locked: () => keysIn(world.adapter).map((key) => key.replace(/^lock:/, '')),
    next: (name) => new Promise((resolve) => world.locker.on(name, resolve)),
  };
  beforeEach(() => {
    world.adapter = memory();
    world.locker = createLocker(world.adapter);
    setDefaultLocker(world.locker);
  });
  afterEach(async () => {
    const left = world.locked();
    setDefaultLocker(undefined);
    await world.locker.close({ grace: 0 });
    expect(left).toEqual([]);
  });
  return world;
}
