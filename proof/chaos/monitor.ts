/** One line of the reply to MONITOR. */
export interface Monitored {
  /** The server's wall clock, ms. */
  readonly at: number;
  /** Whether a script did it. */
  readonly byScript: boolean;
  /** The command, in upper case, and its arguments. */
  readonly words: readonly [command: string, ...rest: string[]];
}

/** @returns undefined for a line that tells of no command, such as `+OK` */
export function parseMonitored(line: string): Monitored | undefined {
  const head = /^\+?(\d+\.\d+) \[\d+ ([^\]]*)\] /.exec(line);
  if (head === null) return undefined;
  const words: string[] = [];
  const quoted = /"((?:[^"\\]|\\.)*)"/gy;
  quoted.lastIndex = head[0].length;
  for (;;) {
    const found = quoted.exec(line);
    if (found === null) break;
    // The escapes of other characters do not matter here: no key or token of ours has any.
    words.push(found[1]!.replace(/\\(["\\])/g, '$1'));
    quoted.lastIndex++;
  }
  const [command = '', ...rest] = words;
  return {
    at: Number(head[1]) * 1_000,
    byScript: head[2] === 'lua',
    words: [command.toUpperCase(), ...rest],
  };
}
