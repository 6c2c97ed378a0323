import { createLocker, nodeRedis } from '../../src/index.js';
import { eventually, pause } from '../support/pause.js';
import { startRedis } from '../support/redis-server.js';

it('who holds a lock keeps it while replicas stand still and others ask for locks in vain', async () => {
  const master = await startRedis('--repl-diskless-sync-delay', '0');
  const replica = await startRedis();
  try {
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    const linked = async () =>
      String(await replica.command('INFO', 'replication')).includes('link_status:up');
    await eventually(linked, true, 10_000);
    const client = await master.client();
    const locker = createLocker(nodeRedis(client), { ttl: 2_000, waitReplicas: 1 });
    const lock = await locker.acquire('held', { maxHold: Infinity });
    replica.freeze();
    const others = Array.from({ length: 20 }, (_, i) =>
      locker.acquire(`other-${i}`, { timeout: 5_000 }).catch(() => undefined),
    );
    await pause(4_500);
    expect(lock.held).toBe(true);
    replica.thaw();
    await Promise.all(others);
    await locker.close({ grace: 0 });
  } finally {
    replica.thaw();
    await replica.stop();
    await master.stop();
  }
}, 30_000);
