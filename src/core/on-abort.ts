interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/** One listener for each signal that somebody waits with, however many wait. */
const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `callback` when `signal` aborts; at once when it has.
 *
 * Thousands of waiters may share one signal, such as that of a shutdown. Node would warn of a leak from the eleventh
 * listener on, and would search a list for each of them to come and to go.
 *
 * @returns a function that takes the callback away again, and the listener with the last one
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const { callbacks, listener } = watch(signal);
  // A function of its own for every call: the same callback given twice is called twice.
  const own = (): void => callback();
  callbacks.add(own);
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0 || watches.get(signal)?.callbacks !== callbacks) return;
    watches.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function watch(signal: AbortSignal): Watch {
  const present = watches.get(signal);
  if (present !== undefined) return present;
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    watches.delete(signal);
    for (const callback of callbacks) callback();
  };
  const made = { callbacks, listener };
  watches.set(signal, made);
  signal.addEventListener('abort', listener, { once: true });
  return made;
}
