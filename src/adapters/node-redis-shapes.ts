/** What latchkey calls of the clients of node-redis: typed by shape, so that no version and no package is imported. */

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

/** What runs scripts. */
export interface NodeRedisScripts {
  /** EVAL. */
  eval(script: string, options: EvalOptions): Promise<unknown>;
  /** EVALSHA. */
  evalSha(sha1: string, options: EvalOptions): Promise<unknown>;
}

/** What all of them have. */
interface Commands<Scripts extends NodeRedisScripts = NodeRedisScripts> extends NodeRedisScripts {
  /** Whether it was connected and not closed since; it may be reconnecting. */
  readonly isOpen: boolean;
  /** The same client with other types for its replies (`{}` for the plain ones) and another timeout for its commands. */
  withCommandOptions(options: { typeMapping: Record<number, never>; timeout: number }): Scripts;
}

/** A connection for messages, not connected yet. */
export interface NodeRedisSubscriber {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: 'error' | 'connect' | 'ready' | 'reconnecting', listener: () => void): unknown;
  unref(): void;
  destroy(): void;
}

/** What a new connection with the same settings is made of. */
interface Duplicable {
  /** A new client with the same settings, not connected: for messages. */
  duplicate(): NodeRedisSubscriber;
}

/**
 * The part of a node-redis client (`createClient()` of `redis` 5 or 6) that latchkey calls.
 *
 * Typed by shape, so that the package never imports `redis` and any version with these methods fits.
 */
export interface NodeRedisClient
  extends
    Commands<NodeRedisScripts & { wait?(replicas: number, timeout: number): Promise<number> }>,
    Duplicable {
  /** To notice that a connection is another one than before: only then `wait` would not say the truth. */
  on?(event: 'reconnecting', listener: () => void): unknown;
}

/** The part of a pool of clients (`createClientPool()` of `redis` 5 or 6) that latchkey calls. */
export interface NodeRedisPool extends Commands {
  /** Lends one of the clients; here, to make one like it for messages. */
  execute(task: (client: Duplicable) => NodeRedisSubscriber): Promise<NodeRedisSubscriber>;
}

/** The part of a client of a Cluster (`createCluster()` of `redis` 5 or 6) that latchkey calls. */
export interface NodeRedisCluster extends Commands {
  /** Those that serve slots, each with its client once there is one. */
  readonly masters: readonly { readonly client?: { readonly isReady: boolean } | undefined }[];
  /** One of the nodes. */
  getRandomNode(): unknown;
  /** The client of a node, connected. */
  nodeClient(node: never): Promise<Duplicable>;
}

/** The part of a client behind Sentinels (`createSentinel()` of `redis` 5 or 6) that latchkey calls. */
export interface NodeRedisSentinel extends Commands<
  NodeRedisScripts & { readonly commandOptions?: { readonly typeMapping?: object } | undefined }
> {
  /** On a connection that the client makes for messages. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** With the same listener; its type there is of a listener for Buffers, too, which this one need not be. */
  unsubscribe(channel: string, listener: never): Promise<unknown>;
  /** `topology-change` comes, among others, when there is another master. */
  on(event: 'topology-change', listener: () => void): unknown;
  /** Where the master is. */
  getMasterNode(): unknown;
}

/** Any of them. */
export type AnyNodeRedis = NodeRedisClient | NodeRedisPool | NodeRedisCluster | NodeRedisSentinel;

/** What a client is, by what only such a client has; undefined when it is none of `redis` 5 or 6. */
export function shapeOf(
  client: AnyNodeRedis,
):
  | { is: 'client'; client: NodeRedisClient }
  | { is: 'pool'; client: NodeRedisPool }
  | { is: 'cluster'; client: NodeRedisCluster }
  | { is: 'sentinel'; client: NodeRedisSentinel }
  | undefined {
  if (!has(client, 'eval', 'evalSha', 'withCommandOptions')) return undefined;
  if (has(client, 'nodeClient', 'getRandomNode'))
    return { is: 'cluster', client: client as NodeRedisCluster };
  if (has(client, 'getMasterNode', 'subscribe', 'unsubscribe', 'on'))
    return { is: 'sentinel', client: client as NodeRedisSentinel };
  if (has(client, 'duplicate')) return { is: 'client', client: client as NodeRedisClient };
  if (has(client, 'execute')) return { is: 'pool', client: client as NodeRedisPool };
  return undefined;
}

function has(client: unknown, ...methods: string[]): boolean {
  const given = client as Record<string, unknown> | null | undefined;
  return methods.every((method) => typeof given?.[method] === 'function');
}
