import { ClientClosedError } from './adapter.js';
import { show } from '../checks.js';
import type { IoredisSubscriber } from './ioredis-inbox.js';

/** A command as a method of its client: `this`. What it returns has Buffers for text. */
type Method = (this: IoredisClient, ...args: readonly unknown[]) => Promise<unknown>;

/** What `Redis` and `Cluster` of ioredis have in common. */
interface IoredisCommander {
  /** `end` when it was closed, or has given up reconnecting. */
  readonly status: string;
  /** Those of its settings that matter here. */
  readonly options: {
    readonly keyPrefix?: string | undefined;
    readonly autoResendUnfulfilledCommands?: boolean | undefined;
  };
  /** Makes the method for a command. */
  createBuiltinCommand(name: string): { readonly buffer: Method };
}

/**
 * The part of a `Redis` of ioredis 5 or 6 that latchkey calls: one server, or the master that Sentinels name.
 *
 * Typed by shape, so that the package never imports `ioredis` and any version with these methods fits.
 */
export interface IoredisRedis extends IoredisCommander {
  /** Another one for each connection; undefined before the first. */
  readonly stream: IoredisSubscriber['stream'];
  /** A new client with the same settings but these: for messages. */
  duplicate(settings: typeof FOR_MESSAGES): IoredisSubscriber;
  /** Its connection was lost or closed. */
  on(event: 'close', listener: () => void): unknown;
}

/** The part of a `Cluster` of ioredis 5 or 6 that latchkey calls. */
export interface IoredisCluster extends IoredisCommander {
  /** The nodes that it knows. */
  nodes(): IoredisRedis[];
  /** It does not know this node any more. */
  on(event: '-node', listener: (node: IoredisRedis) => void): unknown;
}

/** A client of ioredis 5 or 6. */
export type IoredisClient = IoredisRedis | IoredisCluster;

/** Settings of the connection for messages: see {@link IoredisInbox} for why it does not reconnect. */
export const FOR_MESSAGES = {
  lazyConnect: true,
  retryStrategy: null,
  sentinelRetryStrategy: () => null,
  reconnectOnError: null,
  enableOfflineQueue: true,
  // A subscription takes as long as its caller waits for it.
  commandTimeout: undefined,
  // Further connections, which nobody would close; when a master is replaced, the Sentinels end those to the old one.
  failoverDetector: false,
};

export function isCluster(client: IoredisClient): client is IoredisCluster {
  return 'nodes' in client;
}

/** @throws {ClientClosedError} when it was closed for good */
export function checkOpen(client: IoredisClient): void {
  const { status, manuallyClosing } = client as IoredisClient & { readonly manuallyClosing?: unknown };
  // One that is closed in a pause before it connects again stays in the state of that moment, and keeps whatever it is
  // given for a connection that will not come.
  const isLeft = manuallyClosing === true && ['close', 'reconnecting', 'disconnecting'].includes(status);
  if (status === 'end' || isLeft)
    throw new ClientClosedError('the ioredis client is closed: call connect() to open it again');
}

/** @throws {TypeError} when it is something else, or has a `keyPrefix` */
export function checkClient(client: IoredisClient): void {
  const given = client as Partial<IoredisRedis & { nodes: unknown; evalSha: unknown }> | null | undefined;
  const methods = [given?.createBuiltinCommand, given?.duplicate, given?.on];
  if (methods.some((method) => typeof method !== 'function') || typeof given?.status !== 'string') {
    const hint = given?.evalSha === undefined ? '' : '; this one is of "redis": use nodeRedis(client)';
    throw new TypeError(
      `ioredis: client must be a Redis or a Cluster of the "ioredis" package, version 5 or 6${hint}`,
    );
  }
  // It would come before the hash tags by which the keys of one lock are in one slot, and change what other clients call the
  // same lock. And going round it would share locks among those whom it is there to keep apart.
  const { keyPrefix } = client.options;
  if (keyPrefix) {
    throw new TypeError(
      `ioredis: the client must not have a keyPrefix, such as ${show(keyPrefix)}: ` +
        'give latchkey a client without, as client.duplicate({ keyPrefix: "" }), and the locker the option "prefix"',
    );
  }
}
