import { createHash } from 'node:crypto';

import { serverMemory } from '../../src/kinds/server-memory.js';
import type { UseBackend } from './adapter-contract.js';

/** What a server tells of its memory. */
export function serverMemoryCases(use: UseBackend): void {
  const ask = async (user?: { username: string; password: string }): Promise<unknown> => {
    const { script, keys, args, read } = serverMemory('key');
    return read(await (await use().open(user)).run(script, keys, args));
  };
  const limit = (most: string, policy: string) =>
    use().server!.command('CONFIG', 'SET', 'maxmemory', most, 'maxmemory-policy', policy);
  afterEach(() => limit('0', 'noeviction'));

  it.each([
    ['0', 'noeviction'],
    ['0', 'allkeys-lru'],
    ['104857600', 'volatile-ttl'],
    ['104857600', 'volatile-random'],
  ])('tells the limit %s and the policy %s', async (most, policy) => {
    await limit(most, policy);
    expect(await ask()).toEqual({ most: Number(most), policy });
  });

  it('tells nothing where the server does not say it', async () => {
    const { script, keys, args, read } = serverMemory('key');
    // No server that tests start is like that.
    const source = `local redis = {pcall = function() return '# Memory' end}\n${script.source}`;
    const sha1 = createHash('sha1').update(source).digest('hex');
    const reply = await (await use().open()).run({ ...script, source, sha1 }, keys, args);
    expect(read(reply)).toEqual({ most: 0, policy: '' });
  });

  it('tells nothing to who may not know it', async () => {
    await limit('104857600', 'allkeys-lru');
    await use().server!.command('ACL', 'SETUSER', 'user', 'reset', 'on', '>secret', '~*', '+@all', '-info');
    expect(await ask({ username: 'user', password: 'secret' })).toEqual({ most: 0, policy: '' });
  });
}
