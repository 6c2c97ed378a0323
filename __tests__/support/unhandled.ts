import { settle } from './virtual-environment.js';

/** @returns what has rejected without anybody to handle it, while `work` was done or in the turns behind it */
export async function unhandledIn(work: () => Promise<unknown>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    await work();
    await settle(2);
  } finally {
    process.off('unhandledRejection', note);
  }
  return unhandled;
}
