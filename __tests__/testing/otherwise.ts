/** What adapters may do otherwise than they should. */
import type { Adapter, Unsubscribe } from '../../src/adapters/adapter.js';

export type Change = (sound: Adapter) => Partial<Adapter>;
export type Deliver = (text: string, channel: string) => void;

export const after = (ms: number, then: () => void): void => void setTimeout(then, ms);
/** Does otherwise with the messages that come. */
export const delivering =
  (change: (listener: Deliver) => Deliver): Change =>
  ({ subscribe }) => ({
    subscribe: (channel, listener, signal) => {
      const deliver = change(listener);
      return subscribe(channel, (text) => deliver(text, channel), signal);
    },
  });
export const late = (ms: (channel: string) => number): Change =>
  delivering((listener) => (text, channel) => after(ms(channel), () => listener(text, channel)));
/** Does otherwise when a subscription is to end. */
export const ending =
  (end: (stop: Unsubscribe, mute: () => void) => Promise<void>): Change =>
  ({ subscribe }) => ({
    subscribe: async (channel, listener, signal) => {
      let isOn = true;
      const stop = await subscribe(channel, (text) => isOn && listener(text), signal);
      return () => end(stop, () => (isOn = false));
    },
  });
export const muting = ending(async (_stop, mute) => mute());
/** Rejects as soon as the signal aborts, and is quiet from then on. */
export const aborting =
  (whenAborted: (stop: Unsubscribe) => void): Change =>
  ({ subscribe }) => ({
    subscribe: async (channel, listener, signal) => {
      const stop = await subscribe(channel, (text) => signal?.aborted !== true && listener(text));
      if (signal?.aborted === true) whenAborted(stop);
      signal?.throwIfAborted();
      return stop;
    },
  });
export const uncounted =
  (change: Change): Change =>
  (sound) => ({
    ...change(sound),
    countsListeners: false,
  });
export const counting =
  (count: (listeners: unknown) => unknown): Change =>
  ({ run }) => ({ run: async (...call) => count(await run(...call)) });

/** Does two things otherwise. */
export const both =
  (one: Change, other: Change): Change =>
  (sound) => {
    const changed = { ...sound, ...one(sound) };
    return { ...changed, ...other(changed) };
  };

/** Answers steps of one kind with something else than `[nonce, reply]`. */
export const answering =
  (step: string, change: (reply: unknown[], n: number) => unknown): Change =>
  ({ run }) => {
    let n = 0;
    return {
      run: async (script, ...call) => {
        const reply = (await run(script, ...call)) as [string, unknown[]];
        return script.name === step ? [reply[0], change(reply[1], ++n)] : reply;
      },
    };
  };
export const replicating =
  (waitReplicas: NonNullable<Adapter['waitReplicas']>): Change =>
  () => ({ waitReplicas });
/** Tells who has been handed the lock to another fencing token, and the time of its lease. */
export const handing =
  (change: (first: number) => number): Change =>
  ({ subscribe }) => ({
    subscribe: (channel, listener, signal) =>
      subscribe(
        channel,
        (text) => {
          const [token, ttl, first, now] = text.split(' ');
          listener([token, ttl, change(Number(first)), now].join(' '));
        },
        signal,
      ),
  });

export const LETS_IN = answering('mutex-acquire', (_reply, n) => [1, n, Date.now() * 1_000]);

/** Tells whoever comes next the fencing token that the first one was told. */
export function alwaysFirst(): Change {
  let held = 0;
  const noting = answering('mutex-acquire', (reply) => {
    if (reply[0] === 1) held = Number(reply[1]);
    return reply;
  });
  return (sound) => ({ ...noting(sound), ...handing(() => held)(sound) });
}
