/** `npm run mutation:lua`: small changes of the Lua scripts, one after the other, each of which a test has to notice. */
import { writeFileSync } from 'node:fs';

import { closeOnSignals, obey } from '../command-line.js';
import { killAll } from '../saboteurs/child.js';
import { type Arguments, readArguments } from './arguments.js';
import { EXPLAINED } from './explained.js';
import { Judge } from './judge.js';
import { LuaScripts } from './scripts.js';
import { type Judged, nameOf, refuted, sumUp } from './verdict.js';

/** So many are judged in one run of the tests, whose processes are then done with. */
const BATCH = 20;

const scripts = new LuaScripts(process.cwd());
let judge: Judge | undefined;
closeOnSignals(() => {
  killAll();
  judge?.close();
});
process.exitCode = await obey(() => readArguments(process.argv.slice(2), scripts.files()), main);

async function main({ only, workers, lists, json }: Arguments): Promise<number> {
  const left = scripts.mutants().filter(({ file }) => only.some((name) => file.startsWith(name)));
  const count = left.length;
  const done: Judged[] = [];
  const own = (judge = new Judge(process.cwd(), lists));
  try {
    const broken = await own.withoutMutant();
    if (broken !== null) {
      console.log(`"${broken.test}" fails without a mutant: ${broken.why}`);
      return 1;
    }
    const work = async (): Promise<void> => {
      while (left.length > 0) {
        const some = left.splice(0, BATCH);
        const outcomes = await own.judge(some);
        done.push(
          ...some.map((mutant, i) => ({
            mutant,
            text: scripts.lineOf(mutant),
            outcome: outcomes[i] ?? null,
          })),
        );
        console.log(`${done.length} of ${count}`);
        // Also when it does not come to its end, which is long.
        if (json !== undefined) writeFileSync(json, `${JSON.stringify(done, undefined, 1)}\n`);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    place(done);
    // On a busy machine a test may fail by itself: what is explained is only refuted by one that fails again.
    const doubtful = refuted(done, EXPLAINED);
    const again = doubtful.length === 0 ? [] : await own.judge(doubtful.map(({ mutant }) => mutant));
    doubtful.forEach((one, i) => (done[done.indexOf(one)] = { ...one, outcome: again[i] ?? null }));
  } finally {
    killAll();
    own.close();
  }
  const { killed, explained, wrong } = sumUp(done, EXPLAINED);
  for (const line of wrong) console.log(line);
  console.log(
    `${count} mutants: ${killed} killed, ${explained} explained, ${count - killed - explained} alive`,
  );
  return wrong.length === 0 ? 0 : 1;
}

/** In the order in which they stand in the files. */
function place(done: Judged[]): void {
  const order = new Map(scripts.mutants().map((mutant, i) => [nameOf(mutant), i]));
  const placeOf = ({ mutant }: Judged): number => order.get(nameOf(mutant)) ?? 0;
  done.sort((a, b) => placeOf(a) - placeOf(b));
}
