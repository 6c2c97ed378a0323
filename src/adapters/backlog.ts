import { BacklogError } from './adapter.js';

/** So many steps of a lost connection are kept until it is back; further ones are refused. Each is some hundred bytes. */
const MOST_UNANSWERED = 50_000;

/** The steps that a client has been given and that have no reply yet. */
export class Backlog {
  readonly #client: string;
  #unanswered = 0;

  /** @param client - what the client is called in the error */
  constructor(client: string) {
    this.#client = client;
  }

  /**
   * Counts `steps` until `send` has settled.
   *
   * @throws {BacklogError} when there are too many already; then nothing is sent
   */
  async count<Reply>(steps: number, send: () => Promise<Reply>): Promise<Reply> {
    if (this.#unanswered >= MOST_UNANSWERED)
      throw new BacklogError(`${this.#unanswered} commands of the ${this.#client} client have no reply yet`);
    this.#unanswered += steps;
    try {
      return await send();
    } finally {
      this.#unanswered -= steps;
    }
  }
}
