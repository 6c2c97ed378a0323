import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('job.mjs', import.meta.url));

/**
 * Runs one job and stops all its processes after it.
 *
 * @returns its figures, or why there are none
 */
export function runJob({ workload, subject, url, size, deadline }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', program, workload, subject, url, size], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A group of its own, so that its members end with it.
      detached: true,
    });
    const outcome = { failed: 'ended without figures' };
    let said = '';
    child.stderr.on('data', (data) => (said = (said + data).slice(-2_000)));
    child.on('message', ({ figures, done }) => {
      outcome.figures = figures;
      if (done) delete outcome.failed;
    });
    const timer = setTimeout(() => {
      outcome.failed = `did not finish in ${deadline / 1_000} s`;
      stop();
    }, deadline);
    const stop = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of the group have ended.
      }
    };
    child.on('exit', () => {
      clearTimeout(timer);
      stop();
      if (outcome.failed === 'ended without figures' && said !== '')
        outcome.failed =
          said
            .trim()
            .split('\n')
            .find((line) => /Error/.test(line)) ?? said.slice(0, 200);
      resolve(outcome);
    });
  });
}
