/** The events of all lockers for whoever watches the process: on Node's diagnostics channels, and with NODE_DEBUG. */
import { channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';

import { EVENT_NAMES, type LockEvents, type Outlet } from './core/events.js';
import { printable } from './printable.js';

/** Held for good, since Node may forget a channel to which nobody refers. */
const channels = new Map(EVENT_NAMES.map((name) => [name, channel(`latchkey:${name}`)]));

const log = debuglog('latchkey');

/** Node reads NODE_DEBUG once, when the program starts. */
const logs = log.enabled;

/**
 * Publishes each event on the channel `latchkey:<name>`, and prints it as a line on stderr under `NODE_DEBUG=latchkey`.
 *
 * A subscriber that throws does not disturb the lock, nor the other subscribers: Node catches what it throws, and reports
 * it as an `uncaughtException` in the next tick, as it does for every channel. That ends a program which handles none. It
 * is left at that, unlike for listeners of `locker.on`, whose errors are ignored: what goes wrong in a tool that watches
 * the process is that tool's affair, and Node's rule is the one that it was written for.
 */
export const nodeDiagnostics: Outlet = {
  wants: (name) => logs || channels.get(name)?.hasSubscribers === true,
  publish(name, event) {
    channels.get(name)?.publish(event);
    if (logs) log('%s', eventLine(name, event));
  },
};

/** An event in one line: its name, key and lock site, then the rest as `field=value`. */
export function eventLine<Name extends keyof LockEvents>(event: Name, details: LockEvents[Name]): string {
  const { key, name, ...more } = details;
  const fields = Object.entries(more).map(([field, value]) => `${field}=${brief(field, value)}`);
  return [event, printable(key), printable(name), ...fields].join(' ');
}

function brief(field: string, value: unknown): string {
  // An error's message may be anything, and long: its code has to do.
  if (field === 'error') return printable(codeOf(value));
  if (typeof value === 'number') return String(Math.round(value));
  return typeof value === 'string' ? printable(value) : '-';
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : typeof error;
}
