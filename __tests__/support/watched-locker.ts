import { EVENT_NAMES, type LockEvents } from '../../src/core/events.js';
import { margin } from '../../src/core/lease.js';
import type { AnyNodeRedis } from '../../src/adapters/node-redis/shapes.js';
import { EngineLocker } from '../../src/create-locker.js';
import {
  type Lock,
  type Locker,
  type LockerOptions,
  type LockLostError,
  nodeRedis,
} from '../../src/index.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { everything } from './everything.js';
import { keysLeft } from './keys-left.js';
import { eventually } from './pause.js';
import type { RedisServer } from './redis-server.js';

type Client = AnyNodeRedis & { readonly isOpen: boolean; destroy(): unknown };

/** One event of a locker, and when it was told, on the clock of `performance.now()`. */
export interface Told<Name extends keyof LockEvents = keyof LockEvents> {
  readonly name: Name;
  readonly event: LockEvents[Name];
  readonly at: number;
}

/** A locker on a client of its own, as another process has it, and all that it tells. */
export class WatchedLocker<Its extends Client = Client> {
  readonly locker: Locker;
  readonly client: Its;
  readonly told: Told[] = [];

  constructor(client: Its, options: LockerOptions, newToken: () => string) {
    this.client = client;
    this.locker = new EngineLocker(nodeRedis(client), options, { ...nodeEnvironment, newToken });
    for (const name of EVENT_NAMES) {
      this.locker.on(name, (event) => this.told.push({ name, event, at: performance.now() }));
    }
  }

  /** What it has told under this name. */
  of<Name extends keyof LockEvents>(name: Name): Told<Name>[] {
    return this.told.filter((one): one is Told<Name> => one.name === name);
  }

  /** The next event of this name. */
  next<Name extends keyof LockEvents>(name: Name): Promise<LockEvents[Name]> {
    return new Promise((resolve) => {
      const forget = this.locker.on(name, (event) => {
        forget();
        resolve(event);
      });
    });
  }

  /**
   * When the lease of a lock that was granted here with this ttl is over, or was, as far as its holder has heard; on the
   * clock of `performance.now()`, and later than the truth by a round trip at most.
   */
  leaseEnd({ key, fencingToken }: Lock, ttl: number): number {
    const granted = this.of('granted').find(({ event }) => event.fencingToken === fencingToken);
    const extended = this.of('extended').filter(({ event }) => event.key === key);
    const ends = extended.map(({ at, event }) => at + event.remaining);
    return Math.max(granted!.at + ttl - margin(ttl), ...ends);
  }
}

/** Resolves when `lock` is lost: why, and when. Told by the signal, as a body is. */
export function lossOf(lock: Lock): Promise<{ readonly loss: LockLostError; readonly at: number }> {
  const { signal } = lock;
  return new Promise((resolve) => {
    const tell = (): void => resolve({ loss: signal.reason as LockLostError, at: performance.now() });
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/**
 * Lockers for one case. After it they and their clients are closed, and no token may show in what they have told.
 *
 * @param secrets - what must not show either
 */
export function useWatched<Its extends Client>(...secrets: string[]) {
  const opened: WatchedLocker<Its>[] = [];
  const tokens: string[] = [];
  const newToken = (): string => {
    const token = nodeEnvironment.newToken();
    tokens.push(token);
    return token;
  };

  afterEach(async () => {
    const lockers = opened.splice(0);
    await Promise.all(lockers.map(({ locker }) => locker.close({ grace: 0 })));
    await Promise.all(lockers.map(({ client }) => (client.isOpen ? client.destroy() : undefined)));
    const shown = lockers.flatMap(({ told }) => told.map(({ event }) => everything(event))).join('\n');
    expect([...tokens.splice(0), ...secrets].filter((secret) => shown.includes(secret))).toEqual([]);
  });

  return (client: Its, options: LockerOptions): WatchedLocker<Its> => {
    const watched = new WatchedLocker(client, options, newToken);
    opened.push(watched);
    return watched;
  };
}

/**
 * Lockers for one case. After it they are closed, and what holds after every fault is looked at: no token or password in
 * anything that was told, no key and no subscription left on the server.
 *
 * @param secrets - what must not show, besides the tokens
 */
export function useLockers(server: () => RedisServer, ...secrets: string[]) {
  const watch = useWatched<Client>(...secrets);
  afterEach(async () => {
    expect(await keysLeft(server())).toEqual([]);
    await eventually(async () => String(await server().command('PUBSUB', 'CHANNELS')), '');
  });

  function open(options?: LockerOptions): Promise<WatchedLocker<Awaited<ReturnType<RedisServer['client']>>>>;
  function open<Its extends Client>(options: LockerOptions, client: Its): Promise<WatchedLocker<Its>>;
  async function open(options: LockerOptions = {}, client?: Client): Promise<WatchedLocker> {
    return watch(client ?? (await server().client()), options);
  }
  return open;
}
