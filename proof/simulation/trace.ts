/** All that happens in one schedule, as a hash (FNV-1a, 32 bits), and as text when somebody wants to read it. */
export class Trace {
  #hash = 0x811c9dc5;
  /** In the order in which it happened; empty unless `recording`. */
  readonly lines: string[] = [];

  constructor(readonly recording: boolean) {}

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** @param time - virtual ms */
  note(time: number, what: string, who = 0, detail = ''): void {
    this.#mix(Math.floor(time * 1_000));
    this.#mix(who);
    for (let at = 0; at < what.length; at++) this.#mix(what.charCodeAt(at));
    for (let at = 0; at < detail.length; at++) this.#mix(detail.charCodeAt(at));
    if (this.recording)
      this.lines.push(`${time.toFixed(3).padStart(10)}  ${what} ${who} ${detail}`.trimEnd());
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
  }
}
