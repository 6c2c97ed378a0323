import type { AnyNodeRedis, NodeRedisSubscriber } from './shapes.js';

/**
 * A connection for messages, which ends when it is told to, and is not a reason for the process to live on.
 *
 * A client of node-redis that is destroyed while its socket is being made connects all the same, subscribes again and
 * stays. So that moment is waited for.
 */
export class Connection {
  /** Resolves once it is connected; rejects when that has failed, or nobody wants it any more. */
  readonly connected: Promise<NodeRedisSubscriber>;
  readonly #owner: Pick<AnyNodeRedis, 'isOpen'>;
  readonly #onLost: ((attempts: number) => void) | undefined;
  readonly #over: Promise<never>;
  #giveUp: () => void = () => undefined;
  #client: NodeRedisSubscriber | undefined;
  #connecting = true;
  #makingSocket = true;
  #ended = false;
  #attempts = 0;

  /**
   * @param owner - the client that it is made of: when that is closed, it is not connected again
   * @param make - makes a client that is not connected yet
   * @param onLost - told each time that node-redis is about to connect again: for how many times in a row by now
   */
  constructor(
    owner: Pick<AnyNodeRedis, 'isOpen'>,
    make: () => NodeRedisSubscriber | Promise<NodeRedisSubscriber>,
    onLost?: (attempts: number) => void,
  ) {
    this.#owner = owner;
    this.#onLost = onLost;
    this.#over = new Promise((_resolve, reject) => {
      this.#giveUp = () => reject(new Error('nobody wants the connection for messages any more'));
    });
    this.connected = this.unlessEnded(this.#connect(make));
    // Who waits for it is told; whoever has left meanwhile does not mind.
    this.connected.catch(() => undefined);
  }

  /** Settles like `promise`, or rejects when the connection is ended: node-redis may never answer then. */
  unlessEnded<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.#over]);
  }

  get isOpen(): boolean {
    return this.#connecting || this.#client?.isOpen === true;
  }

  /** Not waited for: without a connection the answer would come after the reconnect, and nothing is delivered any more. */
  unsubscribe(channel: string, listener: (message: string) => void): void {
    if (this.#client?.isOpen === true) this.#client.unsubscribe(channel, listener).catch(() => undefined);
  }

  end(): void {
    this.#ended = true;
    this.#giveUp();
    // A connection that gave up reconnecting is closed already, and closing it again is an error in node-redis 5.
    if (!this.#makingSocket && this.#client?.isOpen === true) this.#client.destroy();
  }

  async #connect(
    make: () => NodeRedisSubscriber | Promise<NodeRedisSubscriber>,
  ): Promise<NodeRedisSubscriber> {
    try {
      const client = await make();
      if (this.#ended) return await this.#over;
      this.#client = client;
      // node-redis reconnects and subscribes again by itself; without a listener its `error` event would end the process.
      client.on('error', () => {
        this.#made();
        // Its pauses between two attempts would keep the process alive, though nobody is left to ask for anything.
        if (!this.#owner.isOpen) this.end();
      });
      client.on('connect', () => this.#made());
      client.on('ready', () => (this.#attempts = 0));
      client.on('reconnecting', () => {
        this.#makingSocket = true;
        this.#onLost?.(++this.#attempts);
      });
      await client.connect();
      client.unref();
      return client;
    } finally {
      this.#connecting = false;
    }
  }

  /** There is a socket, or there will be none before a pause. */
  #made(): void {
    this.#makingSocket = false;
    if (this.#ended) this.end();
  }
}
