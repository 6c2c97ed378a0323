import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

import { isAlive } from './alive.js';
import { startRedis } from './redis-server.js';

async function gone(pid: number, within: number): Promise<boolean> {
  const end = performance.now() + within;
  while (isAlive(pid) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid);
}

describe('the test server', () => {
  it('listens on loopback only and keeps nothing on disk', async () => {
    const server = await startRedis();
    expect(await server.command('CONFIG', 'GET', 'bind')).toEqual(['bind', '127.0.0.1']);
    expect(await server.command('CONFIG', 'GET', 'save')).toEqual(['save', '']);
    expect(await server.command('CONFIG', 'GET', 'appendonly')).toEqual(['appendonly', 'no']);
    expect(await server.command('DBSIZE')).toBe(0);
  });

  it('has a folder of its own, which is gone with it: what a replica saves is not what others start with', async () => {
    const server = await startRedis();
    const [, folder] = (await server.command('CONFIG', 'GET', 'dir')) as [string, string];
    expect(existsSync(folder)).toBe(true);
    expect(folder).not.toBe(process.cwd());
    await server.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it('is gone after stop, also when it was busy, and its clients are closed', async () => {
    const server = await startRedis();
    const client = await server.client();
    const busy = server.command('EVAL', 'while true do end', '0').then(
      () => 'answered',
      () => 'failed',
    );
    await server.stop();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(client.isOpen).toBe(false);
    expect(await busy).toBe('failed');
    const socket = connect(server.port, '127.0.0.1');
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
  });

  it('can be killed, and started again on its port, without what it had in memory', async () => {
    const server = await startRedis();
    const client = await server.client();
    await client.set('key', 'value');
    const { pid } = server;
    await server.kill();
    expect(isAlive(pid)).toBe(false);
    await server.start('--maxclients', '50');
    expect(server.pid).not.toBe(pid);
    expect(await server.command('CONFIG', 'GET', 'maxclients')).toEqual(['maxclients', '50']);
    expect(await client.get('key')).toBeNull();
  });

  it('answers nothing while it stands still, and everything afterwards', async () => {
    const server = await startRedis();
    const client = await server.client();
    server.freeze();
    let answered = false;
    const answer = client.ping().then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    server.thaw();
    expect(await answer).toBe(true);
  });

  it('takes options, such as a password that its clients know', async () => {
    const server = await startRedis('--requirepass', 'secret', '--maxclients', '50');
    expect(await server.command('CONFIG', 'GET', 'maxclients')).toEqual(['maxclients', '50']);
  });

  it('dies when the process that started it is killed', async () => {
    const program = `
      const { RedisMemoryServer } = require('redis-memory-server');
      new RedisMemoryServer().ensureInstance().then(({ instance }) => console.log(instance.getPid()));
    `;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    expect(await gone(pid, 10_000)).toBe(true);
  });
});
