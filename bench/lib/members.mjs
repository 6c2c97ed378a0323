import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('member.mjs', import.meta.url));

const message = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a member ended with ${code}`)));
  });

/** Starts `count` processes of a subject, each with its client connected. */
export async function startMembers(subject, url, count) {
  const children = Array.from({ length: count }, () => fork(program, [subject, url]));
  await Promise.all(children.map(message));
  return {
    /** Gives each its task at once. Returns their logs. */
    async run(taskOf) {
      const logs = children.map(message);
      children.forEach((child, i) => child.send(taskOf(i)));
      return (await Promise.all(logs)).map(({ log }) => log);
    },
    stop() {
      for (const child of children) child.kill('SIGKILL');
    },
  };
}
