import type { LockLostError } from './errors.js';

/** A signal that aborts when a lock is lost. Made when somebody asks for it: most holders do not. */
export class LossSignal {
  #controller: AbortController | undefined;

  /** @param loss - why the lock was lost before, if it was */
  get(loss: () => LockLostError | undefined): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const reason = loss();
      if (reason !== undefined) this.#controller.abort(reason);
    }
    return this.#controller.signal;
  }

  abort(loss: LockLostError): void {
    this.#controller?.abort(loss);
  }
}
