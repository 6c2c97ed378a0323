/** Text from outside, as messages and log lines show it. */

/** Characters that would change how a log line reads: controls, line and paragraph separators, text direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `text` in quotes, safe to show in a log: unprintable characters escaped, cut after 200. */
export function printable(text: string): string {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const escape = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  return `"${shown.replace(/["\\]/g, '\\$&').replace(UNPRINTABLE, escape)}"`;
}
