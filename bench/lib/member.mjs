// One process of a workload that needs several: `node member.mjs <subject> <url>`, told by messages what to do.
import { pingPong } from './ping-pong.mjs';
import { runSections } from './sections.mjs';

const [, , name, url] = process.argv;
process.on('disconnect', () => process.exit());
const subject = name === 'floor' ? undefined : await (await import(`../subjects/${name}.mjs`)).open(url);
process.on('message', async (task) => {
  const log = subject === undefined ? await pingPong(url, task) : await runSections(subject, task);
  process.send({ log }, () => undefined);
});
process.send({ ready: true });
