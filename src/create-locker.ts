import type { Adapter } from './adapters/adapter.js';
import { show, throwIfAborted } from './checks.js';
import { Cleanup } from './core/cleanup.js';
import { Closing } from './core/closing.js';
import type { Engine } from './core/engine.js';
import type { Environment } from './core/environment.js';
import { EVENT_NAMES, Events, type LockEvents } from './core/events.js';
import { LockBackendError, LockTimeoutError } from './errors.js';
import type { Guardable } from './guardable.js';
import { warnOfEviction } from './eviction.js';
import { readHandOver } from './hand-over.js';
import { Holders } from './holders.js';
import { type Lockable, readKeys } from './key-list.js';
import { toRedisKeys } from './keys.js';
import type { Lock } from './lock.js';
import type { Locker } from './locker.js';
import { withLoss } from './loss.js';
import { nodeEnvironment } from './node-environment.js';
import type {
  AdoptOptions,
  CloseOptions,
  FallbackOptions,
  GuardOptions,
  LockerOptions,
  LockOptions,
  SkipOptions,
  TryLockOptions,
} from './options.js';
import {
  type LockerSettings,
  type GuardSettings,
  readAdoptOptions,
  readCloseOptions,
  readGuardOptions,
  readLockerOptions,
  readLockOptions,
  readTryLockOptions,
} from './settings.js';
import { connect, readAdapters } from './topology.js';
import { wrapFunction } from './wrap.js';

/**
 * Makes a locker: the object that takes locks through one Redis client, or through one for each of several servers.
 *
 * @param adapter - the client: `nodeRedis(client)`, or `memory()` inside one process. A list of clients of independent
 *   servers: a lock is held when a majority of them has granted it
 * @param options - see {@link LockerOptions}
 * @throws {TypeError | RangeError} naming option, rule and value
 * @example
 * const locker = createLocker(nodeRedis(await createClient().connect()), { ttl: 5_000 });
 */
export function createLocker(adapter: Adapter | readonly Adapter[], options?: LockerOptions): Locker {
  return new EngineLocker(adapter, options, nodeEnvironment);
}

/** The locker over the engine. What its methods promise is said in {@link Locker}. */
export class EngineLocker implements Locker {
  readonly #settings: LockerSettings;
  /** Those of work without options of its own: most of it. */
  readonly #plain: GuardSettings;
  readonly #engine: Engine;
  readonly #holders: Holders;
  #closed: Promise<void> | undefined;

  constructor(
    adapter: Adapter | readonly Adapter[],
    options: LockerOptions | undefined,
    environment: Environment,
  ) {
    const adapters = readAdapters(adapter);
    this.#settings = readLockerOptions(options, adapters.length > 1);
    this.#plain = readGuardOptions('withLock', undefined, this.#settings);
    const closing = new Closing();
    this.#engine = {
      environment,
      ...connect(adapters, this.#settings, environment),
      events: new Events(environment.outlet),
      cleanup: new Cleanup(),
      closing,
    };
    this.#holders = new Holders(this.#engine, closing, this.#settings, (lockKey) => {
      for (const one of adapters) void warnOfEviction(one, lockKey, environment.warn);
    });
  }

  /** `never` fits what each overload of {@link Locker} says of the result. */
  async withLock(
    key: Lockable,
    body: (lock: Lock) => unknown,
    options?: GuardOptions | SkipOptions | FallbackOptions<unknown>,
  ): Promise<never> {
    if (typeof body !== 'function')
      throw new TypeError(`withLock: body must be a function, not ${show(body)}`);
    const settings =
      options === undefined ? this.#plain : readGuardOptions('withLock', options, this.#settings);
    const { clock } = this.#engine.environment;
    const since = clock.mono();
    let lock;
    try {
      const keys = readKeys(key, 'withLock: the key is');
      lock = await this.#holders.take(keys, settings);
      // Right before the body: those of other calls may have kept the program busy since the grant.
      while (lock.remaining < settings.minValidity) {
        const { remaining } = lock;
        await lock.release();
        const waited = clock.mono() - since;
        if (waited >= settings.timeout) throw stale(lock.key, waited, remaining, settings);
        lock = await this.#holders.take(keys, { ...settings, timeout: Math.ceil(settings.timeout - waited) });
      }
    } catch (error) {
      return (await instead(error, settings)) as never;
    }
    try {
      // Aborted after the grant, in the same turn of the loop: nobody waits for the body any more.
      throwIfAborted(settings.signal);
      // What is only thenable begins its work when it is asked, and that has to be in here, too.
      const result = await lock.run(() => Promise.resolve(body(lock)));
      if (settings.onLost === 'reject' && lock.loss !== undefined) throw lock.loss;
      return result as never;
    } catch (error) {
      throw withLoss(error, lock.loss);
    } finally {
      await lock.release();
    }
  }

  async acquire(key: Lockable, options?: LockOptions): Promise<Lock> {
    const settings = readLockOptions('acquire', options, this.#settings);
    return this.#holders.take(readKeys(key, 'acquire: the key is'), settings);
  }

  async tryAcquire(key: Lockable, options?: TryLockOptions): Promise<Lock | null> {
    const settings = readTryLockOptions('tryAcquire', options, this.#settings);
    try {
      return await this.#holders.take(readKeys(key, 'tryAcquire: the key is'), settings);
    } catch (error) {
      if (error instanceof LockTimeoutError) return null;
      throw error;
    }
  }

  async adopt(serialized: string, options?: AdoptOptions): Promise<Lock> {
    const settings = readAdoptOptions('adopt', options, this.#settings);
    const handOver = readHandOver(serialized);
    if (toRedisKeys(this.#settings.prefix, handOver.key).lock !== handOver.lockKey) {
      throw new TypeError(
        `adopt: the lock was taken by a locker with another prefix than ${show(this.#settings.prefix)}`,
      );
    }
    return this.#holders.adopt(handOver, settings);
  }

  wrap(key: unknown, fn: Guardable, options?: unknown): never {
    return wrapFunction('wrap', fn, {
      key,
      options,
      locker: () => this,
      nameOf: () => fn.name,
    }) as never;
  }

  on<Name extends keyof LockEvents>(name: Name, listener: (event: LockEvents[Name]) => void): () => void {
    if (!EVENT_NAMES.includes(name)) {
      throw new TypeError(`on: there is no event ${show(name)}; there are ${EVENT_NAMES.join(', ')}`);
    }
    if (typeof listener !== 'function') {
      throw new TypeError(`on: listener must be a function, not ${show(listener)}`);
    }
    return this.#engine.events.on(name, listener);
  }

  async close(options?: CloseOptions): Promise<void> {
    const grace = readCloseOptions(options);
    return (this.#closed ??= this.#holders.close(grace));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What becomes of a call whose lock was somebody else's. @throws `error`, unless that was it and there is a way around it */
function instead(error: unknown, { onBusy, signal }: GuardSettings): unknown {
  // What the caller aborts with may be such an error, too, from elsewhere.
  if (!(error instanceof LockTimeoutError) || error === signal?.reason) throw error;
  if (onBusy === 'skip') return undefined;
  if (typeof onBusy === 'function') return onBusy(error);
  throw error;
}

/** The lock was granted in time, and its call came to work too late. */
function stale(
  key: string,
  waited: number,
  remaining: number,
  { minValidity }: GuardSettings,
): LockBackendError {
  const message = `the program was busy until ${Math.floor(remaining)} ms of the lease were left, less than the minValidity of ${minValidity} ms`;
  return new LockBackendError({
    key,
    reason: 'TOO_SLOW',
    message,
    retryable: true,
    waited,
    unknownUntil: undefined,
  });
}
