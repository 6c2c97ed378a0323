import { play } from './schedule.js';
const from = Number(process.argv[2]),
  n = Number(process.argv[3]);
const t = performance.now();
let ev = 0,
  bad = 0,
  time = 0;
for (let s = from; s < from + n; s++) {
  const p = await play(s);
  ev += p.events;
  time += p.time;
  if (p.violations.length) {
    bad++;
    if (bad < 15) console.log(s, p.servers, p.kinds.join(), p.violations.slice(0, 3));
  }
}
const d = (performance.now() - t) / 1000;
console.log({ n, bad, perS: n / d, evPerS: ev / d, mean: ev / n, virt: time / n });
