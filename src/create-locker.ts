import type { Adapter } from './adapters/adapter.js';
import { show } from './checks.js';
import { acquire } from './core/acquire.js';
import { Carrier } from './core/carrier.js';
import { Cleanup } from './core/cleanup.js';
import type { CancelTimer } from './core/clock.js';
import { Closing } from './core/closing.js';
import type { Engine } from './core/engine.js';
import type { Environment } from './core/environment.js';
import { EVENT_NAMES, Events, type LockEvents } from './core/events.js';
import { Inbox } from './core/inbox.js';
import { Lines } from './core/lines.js';
import { Queue } from './core/queue.js';
import { LockTimeoutError, withLoss } from './errors.js';
import type { Guardable, KeyOf, WrapOptions } from './guardable.js';
import { HeldLock } from './held-lock.js';
import { type LockKey, readKey, toRedisKeys } from './keys.js';
import { mutex } from './kinds/mutex.js';
import type { Lock } from './lock.js';
import type { Locker } from './locker.js';
import { nodeEnvironment } from './node-environment.js';
import type { CloseOptions, GuardOptions, LockerOptions, LockOptions, TryLockOptions } from './options.js';
import {
  type LockerSettings,
  type LockSettings,
  readCloseOptions,
  readGuardOptions,
  readLockerOptions,
  readLockOptions,
  readTryLockOptions,
} from './settings.js';
import { wrapFunction } from './wrap.js';

/**
 * Makes a locker: the object that takes locks through one Redis client.
 *
 * @param adapter - the client: `nodeRedis(client)`, or `memory()` inside one process
 * @param options - see {@link LockerOptions}
 * @throws {TypeError | RangeError} naming option, rule and value
 * @example
 * const locker = createLocker(nodeRedis(await createClient().connect()), { ttl: 5_000 });
 */
export function createLocker(adapter: Adapter, options?: LockerOptions): Locker {
  return new EngineLocker(adapter, options, nodeEnvironment);
}

/** The locker over the engine. What its methods promise is said in {@link Locker}. */
export class EngineLocker implements Locker {
  readonly #settings: LockerSettings;
  readonly #engine: Engine;
  readonly #lines: Lines;
  readonly #closing = new Closing();
  /** The longest held first, as far as they have not been looked at since. */
  readonly #held = new Queue<HeldLock>();
  /** Calls that have not got their lock or their error yet. */
  #acquiring = 0;
  /** Tells a closing locker that a call was answered, or that a lock was given back. */
  #onProgress: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(adapter: Adapter, options: LockerOptions | undefined, environment: Environment) {
    if (typeof (adapter as Adapter | undefined)?.run !== 'function') {
      throw new TypeError(
        `createLocker: the first argument must be an adapter, such as nodeRedis(client) or memory(), not ${show(adapter)}`,
      );
    }
    this.#settings = readLockerOptions(options);
    this.#engine = {
      environment,
      kind: mutex,
      carrier: new Carrier(adapter, mutex, environment),
      events: new Events(environment.outlet),
      cleanup: new Cleanup(),
      closing: this.#closing,
      inbox: new Inbox(adapter, mutex, environment),
    };
    this.#lines = new Lines(this.#engine, this.#settings.maxWaiters);
  }

  async withLock<Result>(
    key: LockKey,
    body: (lock: Lock) => Result | PromiseLike<Result>,
    options?: GuardOptions,
  ): Promise<Result> {
    if (typeof body !== 'function')
      throw new TypeError(`withLock: body must be a function, not ${show(body)}`);
    const settings = readGuardOptions('withLock', options, this.#settings);
    const lock = await this.#take(readKey(key, 'withLock: the key is'), settings);
    try {
      // Aborted after the grant, in the same turn of the loop: nobody waits for the body any more.
      settings.signal?.throwIfAborted();
      const result = await body(lock);
      if (settings.onLost === 'reject' && lock.loss !== undefined) throw lock.loss;
      return result;
    } catch (error) {
      throw withLoss(error, lock.loss);
    } finally {
      await lock.release();
    }
  }

  async acquire(key: LockKey, options?: LockOptions): Promise<Lock> {
    const settings = readLockOptions('acquire', options, this.#settings);
    return this.#take(readKey(key, 'acquire: the key is'), settings);
  }

  async tryAcquire(key: LockKey, options?: TryLockOptions): Promise<Lock | null> {
    const settings = readTryLockOptions('tryAcquire', options, this.#settings);
    try {
      return await this.#take(readKey(key, 'tryAcquire: the key is'), settings);
    } catch (error) {
      if (error instanceof LockTimeoutError) return null;
      throw error;
    }
  }

  wrap<Fn extends Guardable>(key: KeyOf<Fn>, fn: Fn, options?: WrapOptions<Fn>): Fn {
    return wrapFunction('wrap', fn, {
      key,
      options,
      locker: () => this,
      nameOf: () => fn.name || 'anonymous function',
    });
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
    return (this.#closed ??= this.#close(grace));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Acquires, in sight of a locker that closes. */
  async #take(key: string, settings: LockSettings): Promise<HeldLock> {
    this.#acquiring++;
    try {
      const { timeout, ttl, extend, maxHold, signal, name, commandTimeout, minValidity } = settings;
      const site = { key, name };
      const keys = toRedisKeys(this.#settings.prefix, key);
      const request = { site, keys, timeout, ttl, extend, signal, commandTimeout, minValidity };
      const grant = await acquire(this.#engine, this.#lines, request);
      const onOver = (): void => {
        this.#held.remove(place);
        this.#onProgress();
      };
      const lock = new HeldLock(this.#engine, site, grant, { ttl, maxHold, onOver });
      const place = this.#held.push(lock);
      const { waited, fencingToken } = grant;
      this.#engine.events.emit('granted', site, { waited, fencingToken });
      return lock;
    } finally {
      this.#acquiring--;
      this.#onProgress();
    }
  }

  async #close(grace: number): Promise<void> {
    this.#closing.begin();
    // Waiters are refused at once; what they had under way is answered or given up first, since it may bring a lock.
    await this.#until(() => this.#acquiring === 0, Infinity);
    // A lock whose lease ends is held no more; one that is extended may be held throughout.
    await this.#until(() => this.#held.size === 0, grace);
    await Promise.all(
      [...this.#held].map((lock) => {
        lock.lose('closed');
        return lock.release();
      }),
    );
    await this.#engine.cleanup.finish();
    await this.#engine.inbox.close();
  }

  /** Resolves when `done`, which is looked at whenever something has changed, or after `ms`. */
  async #until(done: () => boolean, ms: number): Promise<void> {
    let cancel: CancelTimer | undefined;
    await new Promise<void>((resolve) => {
      if (ms !== Infinity) cancel = this.#engine.environment.timers.set(resolve, ms);
      this.#onProgress = () => {
        if (done()) resolve();
      };
      this.#onProgress();
    });
    cancel?.();
  }
}
