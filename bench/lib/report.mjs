import { medians, show, table } from './table.mjs';

/** The tables of a run, as Markdown. */
export function report({ machine, rounds, workloads, results }) {
  const parts = [
    `${machine.date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}. ` +
      `Medians of ${rounds} round${rounds === 1 ? '' : 's'}.`,
  ];
  for (const { name, about } of workloads) {
    const outcomes = results[name];
    const figures = Object.values(outcomes).find(([first]) => first.figures !== undefined)?.[0].figures ?? {};
    const columns = [
      ...new Set(
        Object.values(outcomes).flatMap((all) => all.flatMap((one) => Object.keys(one.figures ?? {}))),
      ),
    ];
    parts.push(`### ${name}: ${about}`);
    parts.push(
      table(
        ['', ...(columns.length === 0 ? Object.keys(figures) : columns)],
        Object.entries(outcomes).map(([subject, all]) => {
          const failed = all.find((one) => one.failed !== undefined);
          const values = medians(all);
          const name = failed === undefined ? subject : `${subject} (${failed.failed})`;
          return [name, ...columns.map((column) => show(values[column]))];
        }),
      ),
    );
  }
  parts.push('### latchkey against what was aimed at', bars(results, rounds));
  return parts.join('\n\n');
}

/** latchkey's figures beside those of the floors and of the best other library, in the same run and in each of its rounds. */
function bars(results, rounds) {
  const whole = ratios(results);
  const each = Array.from({ length: rounds }, (_, round) => ratios(roundOf(results, round, rounds)));
  return table(
    ['', 'aim', 'medians', ...each.map((_, round) => `round ${round + 1}`)],
    whole
      .map(([what, aim, value], i) => [what, aim, value, ...each.map((rows) => rows[i][2])])
      .filter(([, , value]) => value !== undefined && Number.isFinite(value))
      .map(([what, aim, ...values]) => [what, aim, ...values.map(show)]),
  );
}

/** The results of one round alone: a workload may be run several times in each. */
function roundOf(results, round, rounds) {
  return Object.fromEntries(
    Object.entries(results).map(([workload, outcomes]) => [
      workload,
      Object.fromEntries(
        Object.entries(outcomes).map(([name, all]) => {
          const repeats = all.length / rounds;
          return [name, all.slice(round * repeats, (round + 1) * repeats)];
        }),
      ),
    ]),
  );
}

function ratios(results) {
  const of = (workload, subject, figure) => {
    const outcomes = results[workload]?.[subject];
    return outcomes === undefined ? undefined : medians(outcomes)[figure];
  };
  const best = (workload, figure) => {
    const others = Object.keys(results[workload] ?? {}).filter((name) => name !== 'latchkey');
    return Math.max(...others.map((name) => of(workload, name, figure) ?? -Infinity));
  };
  const ours = (workload, figure) => of(workload, 'latchkey', figure);
  return [
    ['serial: raw p50 / ours', '≥ 0.88', of('serial', 'raw-node-redis', 'p50 µs') / ours('serial', 'p50 µs')],
    [
      'parallel: ours / raw',
      '≥ 0.80',
      ours('parallel', 'sections/s') / of('parallel', 'raw-node-redis', 'sections/s'),
    ],
    ['hot1: ours / best other', '≥ 20', ours('hot1', 'sections/s') / best('hot1', 'sections/s')],
    ['hot4: ours / best other', '≥ 1.3', ours('hot4', 'sections/s') / best('hot4', 'sections/s')],
    ["hot4: Jain's index at half-time", '≥ 0.95', ours('hot4', "Jain's index at half-time")],
    ['hot4: longest wait / whole run', '≤ 0.5', ours('hot4', 'longest wait / whole run')],
    ['hot4: overlaps', '0', ours('hot4', 'overlaps')],
    ['handover p50: ours / floor', '≤ 1.5', ours('handover', 'p50 µs') / of('handover', 'floor', 'p50 µs')],
    ['handover p99: ours / floor', '≤ 10', ours('handover', 'p99 µs') / of('handover', 'floor', 'p99 µs')],
    ['idle: commands/s', '≤ 4', ours('idle', 'commands/s while held')],
    ['idle: first grant, ms', '≤ 2', ours('idle', 'first grant ms')],
    ['idle: all 200 served, ms', '≤ 60', ours('idle', 'all served ms')],
    ['queue: bytes per waiter', '≤ 4,096', ours('queue', 'bytes per waiter')],
    ['queue: in order', '1', ours('queue', 'in order')],
  ];
}
