import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { nodeRedis } from '../../src/index.js';
import { readFailure } from '../../src/core/failure.js';
import { pause } from '../support/pause.js';
import { startRedis } from '../support/redis-server.js';
import { acquire, release } from '../support/scripts.js';

const TOKEN = 'SecretSecretSecretSecret123';

describe('the failures of a real server', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const failureOf = async (run: Promise<unknown>) =>
    run.then(
      () => 'no failure',
      (error: unknown) => readFailure(error, [TOKEN]),
    );

  it('are read: MISCONF, when the disk fails', async () => {
    const gone = mkdtempSync(join(tmpdir(), 'latchkey-'));
    const server = await startRedis('--dir', gone, '--save', '3600 1');
    rmSync(gone, { recursive: true });
    const adapter = nodeRedis(await server.client());
    await server.command('BGSAVE');
    const end = performance.now() + 5_000;
    const saving = async () =>
      String(await server.command('INFO', 'persistence')).includes('rdb_bgsave_in_progress:1');
    while ((await saving()) && performance.now() < end) await pause(5);
    const failure = await failureOf(acquire(adapter, { token: TOKEN }));
    expect(failure).toMatchObject({ reason: 'MISCONF', retryable: true, outcome: 'not-done' });
  });

  it('are read: LOADING, while it reads its data', async () => {
    const server = await startRedis(
      '--dir',
      folder,
      '--enable-debug-command',
      'yes',
      '--loading-process-events-interval-bytes',
      '1024',
      '--rdbcompression',
      'no',
    );
    const adapter = nodeRedis(await server.client());
    await release(adapter, { token: TOKEN });
    await server.command('DEBUG', 'POPULATE', '2000', 'filler', '4000');
    await server.command('CONFIG', 'SET', 'key-load-delay', '500');
    const reloading = server.command('DEBUG', 'RELOAD').catch(() => undefined);
    await pause(100);
    expect(await failureOf(release(adapter, { token: TOKEN }))).toMatchObject({
      reason: 'LOADING',
      retryable: true,
      outcome: 'not-done',
    });
    await server.stop();
    await reloading;
  });

  it('are read: CLUSTERDOWN, while nobody serves the slot', async () => {
    const server = await startRedis('--dir', folder, '--cluster-enabled', 'yes');
    const adapter = nodeRedis(await server.client());
    expect(await failureOf(release(adapter, { token: TOKEN }))).toMatchObject({
      reason: 'CLUSTERDOWN',
      retryable: true,
      outcome: 'not-done',
    });
  });

  it('are read: no reply, when it dies after the command was sent', async () => {
    const server = await startRedis();
    const adapter = nodeRedis(await server.client());
    await release(adapter, { token: TOKEN });
    process.kill(server.pid, 'SIGSTOP');
    const failure = failureOf(acquire(adapter, { token: TOKEN }));
    await pause(20);
    process.kill(server.pid, 'SIGKILL');
    expect(await failure).toMatchObject({ retryable: true, outcome: 'unknown' });
    expect(inspect(await failure, { depth: 10 })).not.toContain(TOKEN);
  });
});
