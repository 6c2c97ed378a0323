import { pause } from './pause.js';

/**
 * Does harm again and again, with a pause of `every` ms behind each time, until it is stopped.
 *
 * @returns how to stop it: resolves when nothing of it is under way any more, to how often it was done
 */
export function repeatedly(harm: () => Promise<unknown>, every: number): { stop(): Promise<number> } {
  let stopped = false;
  const done = (async () => {
    let times = 0;
    for (; !stopped; times++) {
      await harm();
      await pause(every);
    }
    return times;
  })();
  // A harm that fails is told by stop(), and not before.
  done.catch(() => undefined);
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}
