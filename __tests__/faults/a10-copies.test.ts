import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { killPrograms, Program } from '../programs/program.js';
import type { Section } from '../support/crowd.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const COPIES = 3;
const ROUNDS = 15;
/** Two callers in each copy. */
const SECTIONS = COPIES * ROUNDS * 2;

const redis = sharedRedis();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-copies-'));
  await writeFile(join(folder, 'k.counter'), '0 0');
});
afterEach(() => rm(folder, { recursive: true }));
afterEach(killPrograms);

test.each([
  ['threads of one process', 'threads'],
  ['processes of node:cluster', 'cluster'],
])(
  'A10 S1 S2 R1 R4: copies of the library, as ESM and as CommonJS, in %s have a lock one at a time',
  async (_where, as) => {
    const shape = JSON.stringify({ as, copies: COPIES, folder, key: 'k', rounds: ROUNDS });
    const { code, stdout, stderr } = await new Program('copies.mjs', { REDIS_URL: redis().url }, [shape])
      .ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const copies = JSON.parse(stdout) as Omit<Section, 'asked' | 'member'>[][];
    const sections = copies.flat().sort((one, other) => one.entered - other.entered);
    expect(copies.map(({ length }) => length)).toEqual(Array(COPIES).fill(ROUNDS * 2));
    expect(sections.filter(({ overlap, stale }) => overlap || stale)).toEqual([]);
    const fences = sections.map(({ fence }) => fence);
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
    expect(Number((await readFile(join(folder, 'k.counter'), 'utf8')).split(' ')[0])).toBe(SECTIONS);
    expect(await readdir(folder)).toEqual(['k.counter']);
    expect(await keysLeft(redis())).toEqual([]);
  },
);
