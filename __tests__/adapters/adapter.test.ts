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
      'glide.ts',
      'ioredis.ts',
      'memory/memory.ts',
      'node-redis.ts',
    ]);
  });

  it.each(adapters)('has a test file with the adapter contract for %s', (file) => {
    // Beside the unit tests, or with the clients that have a run of their own.
    const tests = [__dirname, join(__dirname, '../topologies')].map((folder) =>
      join(folder, file.replace(/\.ts$/, '.test.ts')),
    );
    const texts = tests.filter((test) => existsSync(test)).map((test) => readFileSync(test, 'utf8'));
    expect(texts.join('\n')).toContain('\nadapterContract(');
  });
});
