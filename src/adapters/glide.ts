import type { Adapter } from './adapter.js';
import { Backlog } from './backlog.js';
import { ownOptions, show } from '../checks.js';
import { runByHash, type ScriptRunner } from './evalsha.js';
import { readGlideError } from './glide-errors.js';
import { GlideInbox, type ValkeyGlideSubscriber } from './glide-inbox.js';

/** How a reply is read (1 is `Decoder.String`), and on a Cluster where the command goes. */
interface CommandOptions {
  decoder: 1;
  route?: { type: 'primarySlotKey'; key: string };
}

/**
 * The part of a client of `@valkey/valkey-glide` 2 that latchkey calls, `GlideClient` and `GlideClusterClient`.
 *
 * Typed by shape, so that the package never imports GLIDE and any version with these methods fits.
 */
export interface ValkeyGlideClient {
  /** Any command. */
  customCommand(args: string[], options: CommandOptions): Promise<unknown>;
  /** Only a `GlideClusterClient` has it: by that it is known. */
  readonly invokeScriptWithRoute?: unknown;
}

/** Settings of {@link glide}. */
export interface GlideOptions {
  /**
   * Makes another client of the same server or Cluster, for messages, with RESP 3 (the default) and without a callback
   * for messages; GLIDE 2.3 or later. It is called when the first caller has to wait, and what it makes is latchkey's: closed when nobody
   * listens any more. Left out: no messages, and whoever waits for another process asks every 5 to 250 ms.
   */
  subscriber?: () => ValkeyGlideSubscriber | Promise<ValkeyGlideSubscriber>;
  /** False sends each step of each lock as a command of its own. Default true; a Cluster takes no other. */
  joins?: boolean;
}

/**
 * Lets latchkey use a client of Valkey GLIDE.
 *
 * The client stays yours: latchkey never closes it. See docs/clients.md for the settings that matter: `requestTimeout` and
 * `inflightRequestsLimit`.
 *
 * @param client - a `GlideClient` or a `GlideClusterClient` of `@valkey/valkey-glide` 2
 * @param options - see {@link GlideOptions}
 * @returns the adapter for `createLocker`
 * @throws {TypeError} when `client` is not such a client, or an option is none
 * @example
 * const settings = { addresses: [{ host: '127.0.0.1', port: 6379 }], requestTimeout: 2_000 };
 * const client = await GlideClient.createClient(settings);
 * const subscriber = () => GlideClient.createClient(settings);
 * const locker = createLocker(glide(client, { subscriber }));
 */
export function glide(client: ValkeyGlideClient, options?: GlideOptions): Adapter {
  const { subscriber, joins: given } = ownOptions('glide', options, ['subscriber', 'joins']);
  if (typeof (client as Partial<ValkeyGlideClient> | undefined)?.customCommand !== 'function') {
    const hint = client instanceof Promise ? ' (a promise: await it first)' : '';
    throw new TypeError(
      `glide: client must be a GlideClient or GlideClusterClient of "@valkey/valkey-glide", version 2${hint}`,
    );
  }
  if (subscriber !== undefined && typeof subscriber !== 'function')
    throw new TypeError(`glide: subscriber must be a function that makes a client, not ${show(subscriber)}`);
  if (given !== undefined && typeof given !== 'boolean')
    throw new TypeError(`glide: joins must be true or false, not ${show(given)}`);
  const isCluster = client.invokeScriptWithRoute !== undefined;
  if (isCluster && given === true)
    throw new TypeError('glide: joins must be false on a Cluster, where each server has a part of the keys');

  const send = async (command: string, name: string, keys: readonly string[], args: readonly string[]) => {
    const [key = ''] = keys;
    const sent: CommandOptions = isCluster
      ? { decoder: 1, route: { type: 'primarySlotKey', key } }
      : { decoder: 1 };
    try {
      return await client.customCommand([command, name, String(keys.length), ...keys, ...args], sent);
    } catch (error) {
      throw readGlideError(error);
    }
  };
  const runner: ScriptRunner = {
    evalsha: (sha1, keys, args) => send('EVALSHA', sha1, keys, args),
    eval: (source, keys, args) => send('EVAL', source, keys, args),
  };
  const inbox = new GlideInbox(async () => {
    if (subscriber === undefined)
      throw new Error('glide: without the option "subscriber" there are no messages');
    const made = await (subscriber as NonNullable<GlideOptions['subscriber']>)();
    if ((made as unknown) === client)
      throw new TypeError('glide: subscriber must make a client of its own, since latchkey closes it');
    return made;
  });
  const backlog = new Backlog('GLIDE');
  return {
    joins: given ?? !isCluster,
    countsListeners: !isCluster,
    run: (script, keys, args) =>
      backlog.count(keys.length / script.keys, () => runByHash(runner, script, keys, args)),
    subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
  };
}
