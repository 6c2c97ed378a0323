import type { Judged, Verdict } from './check.js';

const WIDTH = 1_600;
const LANE = 20;
const LEFT = 160;
/** Around the first violation so many ms are shown, before it and after it; without one, the first of the history. */
const AROUND = 1_000;

interface Bar {
  readonly lane: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly title: string;
}

/** A page of its own, without scripts: lanes for what the server knew and for what each process believed, faults and violations as lines. */
export function timeline({ events, claims, truth }: Judged, verdict: Verdict): string {
  const start = events[0]?.at ?? 0;
  const focus = verdict.violations[0]?.at ?? start + AROUND;
  const [begin, end] = [focus - AROUND, focus + AROUND];
  const near = (from: number, to = from): boolean => to >= begin && from <= end;
  const x = (at: number): number =>
    LEFT + ((Math.min(Math.max(at, begin), end) - begin) / (end - begin)) * WIDTH;
  const ms = (at: number): string => (at - start).toFixed(3);

  const keys = [...new Set(claims.map(({ key }) => key))].sort();
  const bars: Bar[] = keys.flatMap((key) =>
    truth.of(key).map(({ token, from, to, robbed }) => {
      const taken = robbed === undefined ? '' : `, taken away at ${ms(robbed)}`;
      const title = `${key} of ${token}, ${ms(from)} to ${ms(to)} ms${taken}`;
      return { lane: `in Redis: ${key}`, kind: 'truth', from, to: robbed ?? to, title };
    }),
  );
  for (const { process, id, key, fence, from, to } of claims) {
    const title = `${key} by ${id}, fencing token ${fence}, ${ms(from)} to ${ms(to)} ms`;
    bars.push({ lane: `process ${process}`, kind: 'claim', from, to, title });
  }
  const shown = bars.filter(({ from, to }) => near(from, to));
  const lanes = [...new Set(shown.map(({ lane }) => lane))].sort();
  const height = (lanes.length + 1) * LANE;

  const names = lanes.map((lane, i) => `<text x="4" y="${(i + 1) * LANE - 4}">${escaped(lane)}</text>`);
  const rects = shown.map(({ lane, kind, from, to, title }) => {
    const width = Math.max(1, x(to) - x(from)).toFixed(2);
    const y = lanes.indexOf(lane) * LANE + 4;
    return `<rect class="${kind}" x="${x(from).toFixed(2)}" y="${y}" width="${width}" height="${LANE - 6}"><title>${escaped(title)}</title></rect>`;
  });
  const line = (at: number, kind: string, title: string): string =>
    `<line class="${kind}" x1="${x(at).toFixed(2)}" x2="${x(at).toFixed(2)}" y1="0" y2="${height}"><title>${escaped(title)}</title></line>`;
  const lines = events.flatMap((event) => {
    if (!near(event.at)) return [];
    if (event.type === 'fault') return [line(event.at, 'fault', `${event.fault} at ${ms(event.at)} ms`)];
    if (event.type !== 'killed' && event.type !== 'stopped' && event.type !== 'resumed') return [];
    return [line(event.at, 'fault', `${event.process} ${event.type} at ${ms(event.at)} ms`)];
  });
  for (const { at, check, text } of verdict.violations)
    if (near(at)) lines.push(line(at, 'violation', `${check}: ${text}`));
  const list = verdict.violations
    .slice(0, 1_000)
    .map(({ at, check, key = '', text }) => `<li>${ms(at)} ms, ${escaped(`${check}, ${key}: ${text}`)}</li>`);
  return `<!doctype html><meta charset="utf-8"><title>History</title>
<style>body{font:14px sans-serif}.claim{fill:#4a7;opacity:.7}.truth{fill:#68b;opacity:.7}.fault{stroke:#e90}.violation{stroke:#d00;stroke-width:3}</style>
<h1>${verdict.valid ? 'Valid' : 'Not valid'}</h1>
<p>${verdict.events} events, ${verdict.claims} claims; shown are ${ms(begin)} to ${ms(end)} ms. Blue: a lock in Redis. Green: a process held it,
by its own account. Orange: a fault. Red: a violation. Each tells more under the pointer.</p>
<svg width="${LEFT + WIDTH + 20}" height="${height}">${[...names, ...rects, ...lines].join('\n')}</svg>
<ol>${list.join('\n')}</ol>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
