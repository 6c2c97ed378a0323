import { EventEmitter } from 'node:events';

/** A connection for messages of node-redis that does what a test says. */
export class FakeSubscriber extends EventEmitter {
  isOpen = false;
  /** What it listens to, as `channel`, once for each listener. */
  readonly listening: [channel: string, listener: (message: string) => void][] = [];
  /** Until then it is connecting. */
  readonly connecting: Promise<void>;
  /** What a subscription is refused with, if it is. */
  refusal: Error | undefined;
  destroyed = false;
  /** The server is reached, and says so. */
  reach: () => void = () => undefined;
  /** It can not be reached, and the client gives up. */
  fail: (error: Error) => void = () => undefined;

  constructor() {
    super();
    this.connecting = new Promise((resolve, reject) => {
      this.reach = () => {
        this.emit('connect');
        this.emit('ready');
        resolve();
      };
      this.fail = (error) => {
        this.isOpen = false;
        reject(error);
      };
    });
  }

  async connect(): Promise<void> {
    this.isOpen = true;
    await this.connecting;
  }

  subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    this.listening.push([channel, listener]);
    return Promise.resolve();
  }

  unsubscribe(channel: string, listener: (message: string) => void): Promise<void> {
    const at = this.listening.findIndex((one) => one[0] === channel && one[1] === listener);
    if (at >= 0) this.listening.splice(at, 1);
    return Promise.resolve();
  }

  /** What comes on a channel. */
  hear(channel: string, message: string): void {
    for (const [listened, listener] of [...this.listening]) if (listened === channel) listener(message);
  }

  /** The channels that it listens to. */
  get channels(): string[] {
    return this.listening.map(([channel]) => channel);
  }

  unref(): void {
    this.emit('unref');
  }

  destroy(): void {
    this.isOpen = false;
    this.destroyed = true;
  }
}
