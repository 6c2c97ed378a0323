import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { check, type Judged, type Verdict } from './check.js';
import { type Event, parse } from './history.js';
import { timeline } from './timeline.js';

/**
 * Judges the `*.jsonl` files of a folder, and writes `verdict.json` and `history.html` beside them.
 *
 * @throws {SyntaxError} a line that is no event
 */
export function judge(folder: string): { readonly verdict: Verdict; readonly judged: Judged } {
  const events: Event[] = [];
  for (const name of readdirSync(folder))
    if (name.endsWith('.jsonl'))
      for (const event of parse(readFileSync(join(folder, name), 'utf8'), name)) events.push(event);
  const { verdict, judged } = check(events);
  writeFileSync(join(folder, 'verdict.json'), `${JSON.stringify(verdict, null, 2)}\n`);
  writeFileSync(join(folder, 'history.html'), timeline(judged, verdict));
  return { verdict, judged };
}

/** What a person wants to know at once. */
export function describe({
  valid,
  events,
  claims,
  refused,
  outlived,
  longestOutlived,
  violations,
}: Verdict): string {
  const counts = new Map<string, number>();
  for (const { check } of violations) counts.set(check, (counts.get(check) ?? 0) + 1);
  return [
    `${valid ? 'valid' : 'INVALID'}: ${events} events, ${claims} claims, ${refused} late writes refused`,
    `${outlived} claims outlived a lock that was taken away, by ${longestOutlived.toFixed(0)} ms at most`,
    ...[...counts].map(([name, count]) => `  ${name}: ${count} violations`),
    ...violations.slice(0, 20).map(({ check, key = '', text }) => `  ${check} ${key}: ${text}`),
  ].join('\n');
}
