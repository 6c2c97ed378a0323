// Measures latchkey against other lock libraries and against floors made by hand, on a Redis of its own.
//
//   npm run bench                     everything, three rounds: half an hour
//   npm run bench -- --smoke          every workload with a few sections: some seconds
//   --rounds N  --only hot1,hot4  --subjects latchkey,raw-node-redis  --out folder
//
// Each pair of workload and subject runs in processes of its own, one pair at a time; the rounds are interleaved.
// There is no pass or fail: it ends with 0 whatever the figures are.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chart } from './lib/chart.mjs';
import { readOptions } from './lib/options.mjs';
import { report } from './lib/report.mjs';
import { runJob } from './lib/run-job.mjs';
import { startServer } from './lib/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const WORKLOADS = ['serial', 'parallel', 'hot1', 'hot4', 'handover', 'idle', 'queue', 'growth'];
/** How long a pair may take, in ms. */
const DEADLINE = { full: 30_000, smoke: 10_000 };
/** Times in each round: one run of a process differs more from the next than most subjects do from each other. */
const REPEATS = 3;

const options = readOptions();
const size = options.smoke ? 'smoke' : 'full';
const out = options.out ?? join(here, 'results');

const names = readdirSync(join(here, 'subjects')).map((file) => file.replace(/\.mjs$/, ''));
const subjects = await Promise.all(
  (options.subjects ?? (options.smoke ? ['latchkey', 'raw-node-redis', 'redis-semaphore'] : names)).map(
    async (name) => ({ name, ...(await import(`./subjects/${name}.mjs`)) }),
  ),
);
const workloads = await Promise.all(
  (options.only ?? WORKLOADS).map(async (name) => ({ name, ...(await import(`./workloads/${name}.mjs`)) })),
);

const subjectsOf = (workload) => [
  ...subjects.filter(({ floor }) => workload.floor === true || floor !== true).map(({ name }) => name),
  ...(workload.own ?? []),
];

const server = await startServer();
const results = {};
try {
  for (let round = 0; round < options.rounds; round++) {
    for (const workload of workloads) {
      if (round >= (workload.rounds ?? Infinity)) continue;
      const all = subjectsOf(workload);
      results[workload.name] ??= Object.fromEntries(all.map((name) => [name, []]));
      const repeats = size === 'full' ? (workload.repeats ?? REPEATS) : 1;
      for (let turn = round * repeats; turn < (round + 1) * repeats; turn++) {
        // Each turn begins with another subject, so that none always runs on a machine that has just rested.
        for (const subject of all.map((_, i) => all[(i + turn) % all.length])) {
          process.stderr.write(`round ${round + 1}/${options.rounds}  ${workload.name}  ${subject} … `);
          await server.empty();
          const outcome = await runJob({
            workload: workload.name,
            subject,
            url: server.url,
            size,
            deadline: size === 'full' ? (workload.deadline ?? DEADLINE.full) : DEADLINE.smoke,
          });
          results[workload.name][subject].push(outcome);
          const [[figure, value] = []] = Object.entries(outcome.figures ?? {});
          process.stderr.write(outcome.failed ?? `${figure} ${value.toPrecision(4)}`);
          process.stderr.write('\n');
        }
      }
    }
  }
} finally {
  server.stop();
}

const machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0].model,
  cores: cpus().length,
  node: process.versions.node,
  redis: server.version,
};
const { dependencies } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const run = { machine, rounds: options.rounds, size, dependencies, workloads, results };
const markdown = report(run);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'latest.json'), `${JSON.stringify(run, null, 2)}\n`);
writeFileSync(join(out, 'latest.md'), `${markdown}\n`);
writeFileSync(join(out, 'chart.svg'), chart(run));
process.stdout.write(`${markdown}\n`);
