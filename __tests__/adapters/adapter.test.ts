import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join(__dirname, '../../src/adapters');

/** The files that make an adapter out of a client: those that export a function which returns one. */
const adapters = (readdirSync(SOURCES, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .filter((file) =>
    /^export (?:async )?function [^]*?\): (?:Promise<)?\w*Adapter\b/m.test(
      readFileSync(join(SOURCES, file), 'utf8'),
    ),
  );

describe('src/adapters', () => {
  it('has the adapters that are known here', () => {
    expect(adapters.map((file) => file.replaceAll('\\', '/')).sort()).toEqual([
      'ioredis.ts',
      'memory/memory.ts',
      'node-redis.ts',
    ]);
  });

  it.each(adapters)('has a test file with the adapter contract for %s', (file) => {
    const test = join(__dirname, file.replace(/\.ts$/, '.test.ts'));
    expect(existsSync(test) && readFileSync(test, 'utf8')).toContain('\nadapterContract(');
  });
});
