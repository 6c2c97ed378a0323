import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

import { createClient } from 'redis';

const finder = fileURLToPath(new URL('../../tools/redis-server.cjs', import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a Redis on a free port of 127.0.0.1, which writes nothing to the disk; fetched first if there is none. */
export async function startServer() {
  execFileSync(process.execPath, [finder], { stdio: 'inherit' });
  const { systemBinary } = createRequire(import.meta.url)(finder);
  const port = await freePort();
  const child = spawn(
    systemBinary,
    ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  const version = /redis_version:(\S+)/.exec(await client.info('server'))[1];
  return {
    url,
    version,
    empty: () => client.flushAll(),
    stop() {
      client.destroy();
      child.kill('SIGKILL');
    },
  };
}
