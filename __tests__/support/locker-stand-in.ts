import type { Locker } from '../../src/index.js';
import type { OnBusy } from '../../src/option-values.js';

/** What a call has asked of a locker. */
export interface Asked {
  readonly key: unknown;
  readonly options: Record<string, unknown> & { readonly onBusy?: OnBusy };
}

/** In place of a locker: notes what it is asked, and runs the body at once; or tells that somebody else has the lock. */
export function standIn({ busy = false } = {}) {
  const asked: Asked[] = [];
  const withLock = async (key: unknown, body: () => unknown, options: Asked['options']): Promise<unknown> => {
    asked.push({ key, options });
    const { onBusy } = options;
    return busy && typeof onBusy === 'function' ? onBusy(undefined as never) : body();
  };
  const acquire = (): never => {
    throw new Error('not asked for');
  };
  return { asked, locker: { withLock, acquire } as unknown as Locker };
}
