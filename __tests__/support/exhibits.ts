import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { EVENT_NAMES } from '../../src/core/events.js';
import { EngineLocker } from '../../src/create-locker.js';
import type { Adapter, Locker, LockerOptions } from '../../src/index.js';
import { eventLine } from '../../src/node-diagnostics.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { everything } from './everything.js';

/** How every token of these lockers begins: what shows of one, be it only its beginning, is found. */
const TOKEN = 'Canary';

/** The password of the server, and of all else that has one. */
export const PASSWORD = 'open-sesame-4711';

let tokens = 0;
const newToken = (): string => `${TOKEN}-of-${(++tokens).toString(36).padStart(17, '0')}`;

/** Collects all that a program may get to see, and looks for secrets in it. */
export class Exhibits {
  readonly #shown: [label: string, text: string][] = [];
  readonly #undo: (() => void)[] = [];

  constructor() {
    const receive = (event: unknown, channel: string | symbol): void => void this.add(String(channel), event);
    for (const name of EVENT_NAMES) {
      subscribe(`latchkey:${name}`, receive);
      this.#undo.push(() => unsubscribe(`latchkey:${name}`, receive));
    }
  }

  /** How many things there are to look at. */
  get count(): number {
    return this.#shown.length;
  }

  /** A locker whose tokens are known, and all that it tells. */
  locker(adapter: Adapter, options?: LockerOptions): Locker {
    const locker = new EngineLocker(adapter, { ttl: 1_000, ...options }, { ...nodeEnvironment, newToken });
    for (const name of EVENT_NAMES) {
      locker.on(name, (event) => {
        this.add(name, event);
        this.add(`line of ${name}`, eventLine(name, event));
      });
    }
    this.add('adapter', adapter);
    this.add('locker', locker);
    return locker;
  }

  /** @returns `value` */
  add<Value>(label: string, value: Value): Value {
    const seen = new Set<unknown>();
    for (let link: unknown = value; !seen.has(link); link = causeOf(link)) {
      seen.add(link);
      this.#shown.push([label, everything(link)]);
    }
    return value;
  }

  /** What was to be seen of secrets, and where. */
  leaks(): string[] {
    return this.#shown.flatMap(([label, text]) => {
      const at = [TOKEN, PASSWORD].map((secret) => text.indexOf(secret)).find((index) => index >= 0);
      return at === undefined ? [] : [`${label}: ${text.slice(Math.max(0, at - 60), at + 60)}`];
    });
  }

  close(): void {
    for (const undo of this.#undo) undo();
  }
}

function causeOf(value: unknown): unknown {
  return value instanceof Error ? value.cause : undefined;
}
