/** What was written behind the name of a command: options with their values, and flags without. */
export class CommandLine {
  readonly #command: string;
  readonly #given = new Map<string, string>();

  /**
   * @param options - their names, as they are written
   * @param flags - those of them that have no value
   * @throws {RangeError} an option that there is not, or one without its value
   */
  constructor(
    command: string,
    words: readonly string[],
    options: readonly string[],
    flags: readonly string[] = [],
  ) {
    this.#command = command;
    for (let at = 0; at < words.length; at++) {
      const name = words[at] ?? '';
      if (!options.includes(name))
        throw new RangeError(`${command}: there is no option ${name}; there are ${options.join(', ')}`);
      const value = flags.includes(name) ? '' : words[++at];
      if (value === undefined) throw new RangeError(`${command}: ${name} must have a value`);
      this.#given.set(name, value);
    }
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  get(name: string): string | undefined {
    return this.#given.get(name);
  }

  /** @throws {RangeError} not an integer from `least` to `most` */
  integer(name: string, otherwise: number, most: number, least = 1): number {
    const text = this.get(name) ?? String(otherwise);
    if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
      throw new RangeError(
        `${this.#command}: ${name} must be an integer from ${least} to ${most}, not ${text}`,
      );
    return Number(text);
  }
}

/**
 * Does what a command is for, or tells what is wrong with its words.
 *
 * @returns its exit code: that of `work`, or 2 for words that are wrong
 */
export async function obey<Arguments>(
  read: () => Arguments,
  work: (given: Arguments) => Promise<number> | number,
): Promise<number> {
  let given: Arguments;
  try {
    given = read();
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  return work(given);
}

/** Ends this program by a signal as by itself: `close` first. Also by a second one, which would else end it in the middle of that. */
export function closeOnSignals(close: () => void): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      close();
      process.exit(code);
    });
  }
}
