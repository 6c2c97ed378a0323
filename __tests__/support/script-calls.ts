import { mutexAcquire, mutexExtend, mutexRelease } from '../../src/scripts/generated.js';

const SCRIPTS = { acquire: mutexAcquire, extend: mutexExtend, release: mutexRelease };

/** Whether a client's bytes are a call of our script; the server must know it already, so that it is called by its hash. */
export function calls(what: keyof typeof SCRIPTS): (bytes: Buffer) => boolean {
  return (bytes) => bytes.includes(SCRIPTS[what].sha1);
}
