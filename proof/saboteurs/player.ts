/**
 * Plays schedules of the simulation until one fails, which it names on its last line; then it ends with 1.
 *
 * A program of its own, since an engine with a saboteur in it may hang, or end the process.
 */
import { play } from '../simulation/schedule.js';

// What comes later is not for want of a module.
console.log('loaded');
const most = Number(process.argv[2]);
for (let seed = 1; seed <= most; seed++) {
  const [violation] = (await play(seed)).violations;
  if (violation !== undefined) {
    console.log(`seed ${seed}: ${violation}`);
    process.exitCode = 1;
    break;
  }
  // Here Node looks for rejections that nobody has handled: one ends the run.
  await new Promise((resolve) => setImmediate(resolve));
}
