import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
const PROCESSES = 4;
const SHAPE = { keys, callers: 6, rounds: 20, body: 1, options: { ttl: 5_000, timeout: 20_000 } };
/** For all of them together: 480 lists, of which hardly two can be held at the same time. */
const LONGEST = 15_000;

interface Seen {
  readonly key: string;
  readonly overlap: boolean;
  readonly stale: boolean;
}

const redis = sharedRedis();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-lists-'));
  for (const key of keys) await writeFile(join(folder, `${key}.counter`), '0 0');
});
afterEach(async () => {
  await killPrograms();
  await rm(folder, { recursive: true });
});

test('processes with random lists that share keys neither overlap nor wait for each other for ever', async () => {
  const { random, seed } = seededRandom();
  const programs = Array.from({ length: PROCESSES }, () => {
    const shape = { folder, ...SHAPE, seed: Math.floor(random() * 2 ** 32) };
    return new Program('lists.mjs', { REDIS_URL: redis().url }, [JSON.stringify(shape)]);
  });
  await Promise.all(programs.map((program) => program.next()));
  const start = now();
  for (const program of programs) program.send({});
  const told = await Promise.all(programs.map((program) => program.next()));
  const duration = now() - start;
  for (const { ended } of programs) expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  process.stdout.write(`lists.test.ts: LATCHKEY_SEED=${seed}: ${Math.round(duration)} ms\n`);

  const sections = told.flatMap(({ sections }) => sections as Seen[]);
  const counts = await Promise.all(keys.map((key) => readFile(join(folder, `${key}.counter`), 'utf8')));
  expect({
    errors: told.flatMap(({ errors }) => errors as unknown[]),
    overlaps: sections.filter(({ overlap }) => overlap),
    stale: sections.filter(({ stale }) => stale),
    // What a section of another one would have overwritten is missing here.
    counted: counts.map((count) => Number(count.split(' ')[0])),
    witnesses: (await readdir(folder)).filter((file) => file.endsWith('.witness')),
    keysLeft: await keysLeft(redis()),
  }).toEqual({
    errors: [],
    overlaps: [],
    stale: [],
    counted: keys.map((key) => sections.filter((one) => one.key === key).length),
    witnesses: [],
    keysLeft: [],
  });
  expect(sections.length).toBeGreaterThan(PROCESSES * SHAPE.callers * SHAPE.rounds);
  expect(duration).toBeLessThan(LONGEST);
}, 60_000);

test('a process that dies with a list, or while it waits with a part of one, holds nobody up for longer than its ttl', async () => {
  const ttl = 1_000;
  const options = { ttl, timeout: 20_000, extend: true };
  const [holder, waiter, next] = await Promise.all(
    [0, 1, 2].map(async () => {
      const program = new Program('lock-client.mjs', { REDIS_URL: redis().url });
      await program.next(({ event }) => event === 'ready');
      return program;
    }),
  );
  await holder!.ask('acquire', { key: ['b', 'c'], options });
  // Has a, and waits for b.
  void waiter!.ask('acquire', { key: ['a', 'b'], options }).catch(() => undefined);
  while ((await redis().command('EXISTS', 'lock:a', '{lock:b}:~v1:queue')) !== 2)
    await new Promise(setImmediate);
  const granted = next!.ask('acquire', { key: ['c', 'b', 'a'], options });
  const died = now();
  holder!.kill('SIGKILL');
  waiter!.kill('SIGKILL');
  expect(await granted).toMatchObject({ granted: true });
  // The lock of the one that has died, and the one that was granted to who waited, if the news came before its death.
  expect(now() - died).toBeLessThan(2 * ttl + 500);
}, 30_000);
