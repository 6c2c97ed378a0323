import type { Adapter, Unsubscribe } from '../../src/adapters/adapter.js';
import type { Script } from '../../src/scripts/script.js';
import { settle, type VirtualEnvironment } from './virtual-environment.js';

/** One command that the engine has sent, and how the test answers it. */
export interface Sent {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  reply(value: unknown): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** The server's time in µs at which a scripted reply is given, when a test does not care. */
const AT = 1_700_000_000_000_000;

export const granted = (fence = AT, at = AT): unknown[] => [1, fence, at];
export const GRANTED = granted();
export const RELEASED = [1];
export const NOT_OURS = [0];
export const busy = (ttlLeft = 10_000, holder = 'other/2 there', at = AT): unknown[] => [
  0,
  ttlLeft,
  holder,
  at,
];

/** A Redis whose every answer is given, late or never, by the test. */
export class ScriptedAdapter implements Adapter {
  /** Commands that no test has looked at yet, oldest first. */
  readonly unseen: Sent[] = [];
  /** All commands so far. */
  count = 0;

  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    this.count++;
    return new Promise((resolve, reject) => {
      this.unseen.push({
        name: script.name,
        keys,
        args: args.slice(0, -1),
        reply: (value) => (resolve([args.at(-1), value]), settle()),
        fail: (error) => (reject(error), settle()),
      });
    });
  }

  /** Whether subscriptions are confirmed; otherwise they fail. */
  hears = false;
  readonly channels = new Map<string, (message: string) => void>();

  async subscribe(channel: string, listener: (message: string) => void): Promise<Unsubscribe> {
    if (!this.hears) throw new Error('not scripted');
    this.channels.set(channel, listener);
    return async () => void this.channels.delete(channel);
  }

  /** Sends a message to the one who listens. */
  async tell(message: string): Promise<void> {
    for (const listener of this.channels.values()) listener(message);
    await settle();
  }

  /** The command that was sent next, by name: a test that expects another one fails here. */
  async next(name: string): Promise<Sent> {
    await settle();
    const sent = this.unseen.shift();
    if (sent?.name !== name)
      throw new Error(`expected ${name} to be sent, but it was ${sent?.name ?? 'nothing'}`);
    return sent;
  }

  /** The command that is sent next, at the moment when it is sent, at most `ms` from now. */
  async nextWithin(ms: number, environment: VirtualEnvironment, name: string): Promise<Sent> {
    for (let left = ms; left > 0 && this.unseen.length === 0; left--) await environment.pass(1);
    return this.next(name);
  }
}
