import { LockKeyError } from '../../src/index.js';

/** The error with which a key is refused. */
export function refusal(call: () => unknown): LockKeyError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(LockKeyError);
    return error as LockKeyError;
  }
  throw new Error('it was not refused');
}
