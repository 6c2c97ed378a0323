import { medians, show } from './table.mjs';

/** What the chart shows: one group of bars each. */
const GROUPS = [
  {
    workload: 'hot1',
    figure: 'sections/s',
    title: 'One key, 50 callers in one process: sections per second',
  },
  {
    workload: 'hot4',
    figure: 'sections/s',
    title: 'One key, 4 processes × 8 callers, 1 ms each: sections per second',
  },
  {
    workload: 'idle',
    figure: 'commands/s while held',
    title: '200 callers waiting: commands per second (less is better)',
  },
];

const BAR = 18;
const LABEL = 180;
const WIDTH = 760;
const ROOM = WIDTH - LABEL - 90;

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** A bar chart on a logarithmic scale, which says so: the subjects differ by factors of hundreds. */
export function chart({ results, machine }) {
  const parts = [];
  let y = 24;
  const text = (x, content, more = '') =>
    parts.push(`<text x="${x}" y="${y}" ${more}>${escape(content)}</text>`);
  for (const { workload, figure, title } of GROUPS) {
    const outcomes = results[workload];
    if (outcomes === undefined) continue;
    const values = Object.entries(outcomes).map(([subject, all]) => [subject, medians(all)[figure]]);
    const most = Math.max(10, ...values.map(([, value]) => value ?? 0));
    text(0, title, 'class="title"');
    y += 10;
    for (const [subject, value] of values) {
      y += BAR;
      const length = value === undefined ? 0 : (Math.log10(Math.max(1, value)) / Math.log10(most)) * ROOM;
      text(LABEL - 8, subject, 'text-anchor="end"');
      parts.push(
        `<rect x="${LABEL}" y="${y - BAR + 6}" width="${Math.max(1, length).toFixed(1)}" height="${BAR - 5}" class="${subject === 'latchkey' ? 'ours' : 'other'}"/>`,
      );
      text(LABEL + Math.max(1, length) + 6, value === undefined ? 'did not finish' : show(value));
    }
    y += 34;
  }
  text(
    0,
    `Logarithmic scale. ${machine.date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}`,
  );
  y += 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<title>latchkey and other lock libraries</title>
<style>
  text { font: 12px system-ui, sans-serif; fill: #57606a; }
  .title { font-weight: 600; }
  .ours { fill: #1f883d; }
  .other { fill: #8c959f; }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } .ours { fill: #3fb950; } .other { fill: #6e7681; } }
</style>
${parts.join('\n')}
</svg>
`;
}
