import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { startRedis } from '../support/redis-server.js';

const keys = ['red', 'green', 'blue'];
const load = { callers: 8, sections: 20, keys };
const processes = 4;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-load-'));
  for (const key of keys) await writeFile(join(folder, `${key}.counter`), '0');
});

afterEach(killPrograms);

afterAll(() => rm(folder, { recursive: true }));

test('640 critical sections in four processes on three keys never overlap', async () => {
  const redis = await startRedis();
  const programs = Array.from(
    { length: processes },
    () => new Program('sections.mjs', { REDIS_URL: redis.url }, [JSON.stringify({ folder, ...load })]),
  );
  await Promise.all(programs.map((program) => program.next()));
  const start = now();
  for (const program of programs) program.send({});
  const endings = await Promise.all(programs.map((program) => program.ended));
  process.stdout.write(`load.test.ts: ${Math.round(now() - start)} ms\n`);

  // A witness file that was there already would have ended its program with EEXIST.
  for (const { code, stderr } of endings) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const counts = await Promise.all(keys.map((key) => readFile(join(folder, `${key}.counter`), 'utf8')));
  expect(counts.map(Number).reduce((sum, count) => sum + count)).toBe(
    processes * load.callers * load.sections,
  );
  expect((await readdir(folder)).sort()).toEqual(keys.map((key) => `${key}.counter`).sort());
  expect(await keysLeft(redis)).toEqual([]);
});
