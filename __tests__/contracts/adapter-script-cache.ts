import { pause } from '../support/pause.js';
import { acquire, KEYS, release } from '../support/scripts.js';
import { toRedisKeys } from '../../src/keys.js';
import type { Adapter } from '../../src/index.js';
import type { UseBackend } from './adapter-contract.js';

export function scriptCacheCases(use: UseBackend): void {
  const server = () => use().server!;
  const calls = async (): Promise<Record<string, number>> => {
    const info = (await server().command('INFO', 'commandstats')) as string;
    const stats = [...info.matchAll(/cmdstat_(evalsha|eval|script\|load):calls=(\d+)/g)];
    return Object.fromEntries(stats.map(([, name, count]) => [name!, Number(count)] as const));
  };
  const cycle = async (adapter: Adapter, keys = KEYS): Promise<void> => {
    expect(await acquire(adapter, { keys })).toMatchObject({ granted: true });
    expect(await release(adapter, { keys })).toBe('released');
  };

  it('sends a script whole exactly once after it was forgotten', async () => {
    const adapter = await use().open();
    await cycle(adapter);
    await server().command('SCRIPT', 'FLUSH');
    await server().command('CONFIG', 'RESETSTAT');
    await cycle(adapter);
    expect(await calls()).toEqual({ evalsha: 2, eval: use().scripts ?? 2 });
    await cycle(adapter);
    await cycle(adapter);
    expect(await calls()).toEqual({ evalsha: 6, eval: use().scripts ?? 2 });
  });

  it('lets nobody see that the scripts are forgotten again and again', async () => {
    const adapter = await use().open();
    let done = false;
    const flushing = (async () => {
      while (!done) {
        await server().command('SCRIPT', 'FLUSH');
        await pause(2);
      }
    })();
    const worker = async (key: string): Promise<void> => {
      for (let i = 0; i < 50; i++) await cycle(adapter, toRedisKeys('', key));
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(worker)).finally(() => (done = true));
    await flushing;
  });
}
