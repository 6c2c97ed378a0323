import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { Direction } from './direction.js';
import { type Fault, pass } from './link-faults.js';

/** Faults of both directions; what is left out stays as it is. */
export interface Faults {
  readonly toServer?: Fault;
  readonly toClient?: Fault;
}

/** One client's connection through the proxy. */
export class Link {
  /** Which one it is, from 1. */
  readonly number: number;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: Direction;
  readonly #toClient: Direction;

  constructor(proxy: FaultProxy, number: number, client: Socket, server: Socket, random: () => number) {
    this.number = number;
    this.#client = client;
    this.#server = server;
    const toServer = (this.#toServer = new Direction(server, random, () => this.cut()));
    const toClient = (this.#toClient = new Direction(client, random, () => this.cut()));
    client.on('data', (bytes) => {
      proxy.onRequest?.(bytes, this);
      toServer.take(bytes);
    });
    server.on('data', (bytes) => {
      proxy.onReply?.(bytes, this);
      toClient.take(bytes);
    });
    // What is sent after the other side has gone is nobody's concern.
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('close', () => toServer.end());
    server.on('close', () => toClient.end());
    for (const socket of [client, server]) socket.setNoDelay();
  }

  set({ toServer, toClient }: Faults): void {
    if (toServer !== undefined) this.#toServer.fault = toServer;
    if (toClient !== undefined) this.#toClient.fault = toClient;
  }

  /** Sends `bytes` to the client, as if they came from the server. */
  inject(bytes: string | Buffer): void {
    if (this.#client.writable) this.#client.write(bytes);
  }

  /** Ends the connection on both sides at once; what is under way is lost. */
  cut(): void {
    this.#toServer.stop();
    this.#toClient.stop();
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }
}

/**
 * Stands between clients and a redis-server, and lets go wrong what goes wrong in networks.
 *
 * It knows nothing of the protocol. Who wants to hit certain commands looks at the bytes in
 * {@link FaultProxy.onRequest} or {@link FaultProxy.onReply}, which are called before the faults take effect, and sets
 * the faults of that one connection. It keeps what it delays in memory, however much that is.
 */
export class FaultProxy {
  /** Sees what a client sends, chunk by chunk; a command of ours is one chunk. */
  onRequest: ((bytes: Buffer, link: Link) => void) | undefined;
  /** Sees what the server answers, chunk by chunk. */
  onReply: ((bytes: Buffer, link: Link) => void) | undefined;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #faults: Required<Faults> = { toServer: pass, toClient: pass };
  #port = 0;
  #accepted = 0;

  /** @param random - where the jitter comes from */
  constructor(target: number, random: () => number) {
    this.#server = createServer((client) => {
      const server = connect(target, '127.0.0.1');
      const link = new Link(this, ++this.#accepted, client, server, random);
      link.set(this.#faults);
      this.#links.add(link);
      let open = 2;
      const gone = (): void => {
        if (--open === 0) this.#links.delete(link);
      };
      client.on('close', gone);
      server.on('close', gone);
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** How many connections there have been. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The connections that are open, at one end at least. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** For all connections, those to come too. */
  set(faults: Faults): void {
    this.#faults = { ...this.#faults, ...faults };
    for (const link of this.#links) link.set(faults);
  }

  /** Cuts all connections that are open. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  /** The link is back: what had swallowed bytes is cut, since TCP does not go on behind a hole, and new links work. */
  heal(): void {
    this.onRequest = this.onReply = undefined;
    this.#faults = { toServer: pass, toClient: pass };
    this.cut();
  }

  /** Listens; again on the same port after {@link FaultProxy.refuse}. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Nobody listens any more: connections are cut, and new ones refused. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  async close(): Promise<void> {
    await this.refuse();
    this.cut();
  }
}
