import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { isAlive } from '../support/alive.js';
import { rejection } from '../support/deferred.js';
import { eventually } from '../support/pause.js';
import { freePorts, GUARD, startRedisProcess } from '../../proof/rig/redis-process.js';

describe('a process of a server', () => {
  it('serves, and is gone after it was killed, also while it stands still', async () => {
    const [port] = await freePorts(1);
    const server = await startRedisProcess(['--port', String(port), '--bind', '127.0.0.1', '--save', '']);
    expect(isAlive(server.pid)).toBe(true);
    server.freeze();
    await server.kill();
    await server.kill();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('tells what it has said when it can not start', async () => {
    expect(await rejection(startRedisProcess(['--no-such-option', '1']))).toMatchObject({
      message: expect.stringMatching(/has ended:[^]*no-such-option/),
    });
  });

  it('does not outlive the process that has started it', async () => {
    const program = `
      const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['60'], { stdio: 'ignore' });
      spawn('sh', ['-c', ${JSON.stringify(GUARD)}, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
      console.log(child.pid);
    `;
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => isAlive(pid), false);
  });
});
