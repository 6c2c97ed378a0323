/** The part of an ioredis client by which it is known that replies will not come. */
export interface Closing {
  readonly status: string;
  on(event: 'close', listener: () => void): unknown;
}

/**
 * Rejects what ioredis never settles: with `autoResendUnfulfilledCommands: false` it drops the commands of a connection
 * that is lost, without a word. They would count as unanswered for ever.
 */
export class LostReplies {
  readonly #client: Closing;
  readonly #expected = new Set<(error: Error) => void>();

  constructor(client: Closing) {
    this.#client = client;
    client.on('close', () => {
      for (const reject of this.#expected) reject(new Error('the connection was lost before the reply'));
    });
  }

  /** @returns what `send` returns, or a rejection when the connection over which it was sent is lost before */
  async expect<Reply>(send: () => Promise<Reply>): Promise<Reply> {
    // What is not sent yet waits for the next connection, and is not lost with this one.
    if (this.#client.status !== 'ready') return send();
    let lose: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_resolve, reject) => (lose = reject));
    this.#expected.add(lose);
    try {
      return await Promise.race([send(), lost]);
    } finally {
      this.#expected.delete(lose);
    }
  }
}
