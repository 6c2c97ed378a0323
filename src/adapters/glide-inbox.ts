import type { Unsubscribe } from './adapter.js';
import { unlessAborted } from './unless-aborted.js';

/** Text as GLIDE returns it: a string, or a Buffer if the client's `defaultDecoder` says so. */
interface Text {
  toString(): string;
}

/** The part of a GLIDE client that carries messages: of version 2.3 or later, where subscriptions can be changed. */
export interface ValkeyGlideSubscriber {
  /** Asks for subscriptions; when they have come about is told by {@link ValkeyGlideSubscriber.getSubscriptions}. */
  subscribeLazy(channels: Iterable<string>): Promise<unknown>;
  /** Asks for the end of subscriptions. */
  unsubscribeLazy(channels: Iterable<string>): Promise<unknown>;
  /** What the server has confirmed: at 0, the channels. */
  getSubscriptions(): Promise<{ readonly actualSubscriptions: { readonly 0?: Iterable<Text> } }>;
  /** The next message. */
  getPubSubMessage(): Promise<{ readonly channel: Text; readonly message: Text }>;
  /** Closes the client. */
  close(): void;
}

/** How long a change of subscriptions may take, in ms: GLIDE tries for ever, and tells nobody that the server refuses. */
const PATIENCE = 1_000;

type Listener = (message: string) => void;

/** The client for messages: there while somebody listens, and not a reason for the process to live on. */
export class GlideInbox {
  readonly #make: () => Promise<ValkeyGlideSubscriber>;
  #connection: Connection | undefined;

  /** @param make - makes a client that nobody else uses */
  constructor(make: () => Promise<ValkeyGlideSubscriber>) {
    this.#make = make;
  }

  async subscribe(channel: string, listener: Listener, signal?: AbortSignal): Promise<Unsubscribe> {
    if (this.#connection?.isOver !== false) this.#connection = new Connection(this.#make());
    const connection = this.#connection;
    // A function of its own for every call: the same listener twice in a Set would be one.
    const deliver = (message: string): void => listener(message);
    const leave = (): void => {
      if (connection.leave(channel, deliver) && connection === this.#connection) this.#connection = undefined;
    };
    try {
      await unlessAborted(connection.join(channel, deliver), signal);
    } catch (error) {
      leave();
      throw error;
    }
    return () => {
      // Not waited for: nothing is delivered any more.
      leave();
      return Promise.resolve();
    };
  }
}

/** One client for messages, from its making to its closing. */
class Connection {
  readonly #client: Promise<ValkeyGlideSubscriber>;
  readonly #listeners = new Map<string, Set<Listener>>();
  /** Settles when what was last asked of the client is done: GLIDE may do two things at once, or in any order. */
  #last: Promise<unknown>;
  #over = false;

  constructor(client: Promise<ValkeyGlideSubscriber>) {
    this.#client = client;
    this.#last = client.then(
      (made) => void this.#listen(made),
      () => (this.#over = true),
    );
  }

  /** Whether nothing will be heard on it any more. */
  get isOver(): boolean {
    return this.#over;
  }

  async join(channel: string, deliver: Listener): Promise<void> {
    this.#listeners.set(channel, (this.#listeners.get(channel) ?? new Set()).add(deliver));
    await this.#inTurn(async (client) => {
      if (!this.#listeners.has(channel)) return;
      await client.subscribeLazy([channel]);
      await untilTold(client, channel, true);
    });
  }

  /** @returns whether that was the last one on this connection, which ends with it */
  leave(channel: string, deliver: Listener): boolean {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(deliver) !== true || listeners.size > 0) return false;
    this.#listeners.delete(channel);
    const isLast = this.#listeners.size === 0;
    if (isLast) this.#over = true;
    void this.#end(channel, isLast);
    return isLast;
  }

  async #end(channel: string, isLast: boolean): Promise<void> {
    try {
      await this.#inTurn(async (client) => {
        if (this.#listeners.has(channel)) return;
        // Also before the client is closed: its connection stays for another 3 s, in which the server would count it.
        await client.unsubscribeLazy([channel]);
        await untilTold(client, channel, false);
      });
    } catch {
      // Without a connection, or without a client: then there is no subscription either.
    }
    if (isLast) (await this.#client.catch(() => undefined))?.close();
  }

  #inTurn(task: (client: ValkeyGlideSubscriber) => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => task(await this.#client));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #listen(client: ValkeyGlideSubscriber): Promise<void> {
    unref(client);
    for (;;) {
      let next;
      try {
        next = await client.getPubSubMessage();
      } catch {
        // Closed, by us or for good.
        this.#over = true;
        return;
      }
      const message = next.message.toString();
      for (const deliver of this.#listeners.get(next.channel.toString()) ?? []) deliver(message);
    }
  }
}

/**
 * Resolves when the server has confirmed that the channel is subscribed, or is not.
 *
 * GLIDE's own way to wait for that sends the command again and again, without a pause, while the server refuses it.
 */
async function untilTold(client: ValkeyGlideSubscriber, channel: string, wanted: boolean): Promise<void> {
  for (let pause = 1, waited = 0; ; waited += pause, pause *= 2) {
    const { actualSubscriptions } = await client.getSubscriptions();
    const is = [...(actualSubscriptions[0] ?? [])].some((one) => one.toString() === channel);
    if (is === wanted) return;
    if (waited >= PATIENCE)
      throw new Error(`the GLIDE client did not change its subscriptions within ${PATIENCE} ms`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Lets the process end while the client is open. GLIDE offers no way to say so; its socket, which it hides, does. */
function unref(client: object): void {
  const { socket } = client as { socket?: { unref?: () => unknown } };
  socket?.unref?.();
}
