import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { killPrograms } from '../programs/program.js';
import { expectExclusion, kinds, Load, type LoadShape, summary } from '../support/load.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually, pause } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { useLockers } from '../support/watched-locker.js';
import { BUSY, LATE } from './server-bounds.js';

const ALWAYS = ['--appendonly', 'yes', '--appendfsync', 'always'];

let folder: string;
let redis: RedisServer;
let options: string[];
// Long enough for a client to find its server again: this is about what the server keeps.
const locker = useLockers(() => redis);
const patient = { ttl: 8_000, commandTimeout: 3_000 };

async function keepIn(...more: string[]): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-disk-'));
  options = ['--dir', folder, ...more];
  redis = await startRedis(...options);
}

/** Resolves when all that was done is in the file: while the disk is busy, the server puts that off for up to two seconds. */
async function written(): Promise<void> {
  await eventually(
    async () => String(await redis.command('INFO', 'persistence')).includes('aof_buffer_length:0\r'),
    true,
  );
}

async function crash(): Promise<void> {
  await redis.kill();
  await redis.start(...options);
}

// Defined behind the lockers' own, which needs the server.
afterEach(async () => {
  await killPrograms();
  await redis.stop();
  await rm(folder, { recursive: true });
});

test('B2 S1 S2: after a crash right behind a grant, a server that writes every command down still has the lock, and its holder', async () => {
  await keepIn(...ALWAYS);
  const [ours, theirs] = [await locker(patient), await locker(patient)];
  const fences: number[] = [];
  for (let round = 0; round < 3; round++) {
    const lock = await ours.locker.acquire('k');
    await crash();
    expect(await theirs.locker.tryAcquire('k')).toBeNull();
    expect(await lock.extend()).toBe('extended');
    expect(lock.held).toBe(true);

    expect(await lock.release()).toBe('released');
    await crash();
    const next = await theirs.locker.tryAcquire('k');
    expect(next?.held).toBe(true);
    fences.push(lock.fencingToken, next!.fencingToken);
    expect(await next!.release()).toBe('released');
  }
  expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
});

// A killed process loses nothing that it has written; a machine that loses its power loses what was not yet on the disk.
test('B2 S2 S5: a server that writes down once a second, and has lost the last one, gives out higher fencing tokens all the same', async () => {
  await keepIn('--appendonly', 'yes', '--appendfsync', 'everysec');
  const [ours, theirs] = [await locker(patient), await locker(patient)];
  const first = await ours.locker.acquire('k');
  expect(await first.release()).toBe('released');
  const files = join(folder, 'appendonlydir');
  const file = join(
    files,
    (await readdir(files)).find((name) => name.endsWith('.incr.aof'))!,
  );
  await written();
  const { size } = await stat(file);

  const lock = await ours.locker.acquire('k');
  await written();
  await redis.kill();
  expect((await stat(file)).size).toBeGreaterThan(size);
  await truncate(file, size);
  await redis.start(...options);

  const next = await theirs.locker.tryAcquire('k');
  expect(next!.fencingToken).toBeGreaterThan(lock.fencingToken);
  expect(await lock.extend()).toBe('lost');
  expect(lock.held).toBe(false);
  expect(await lock.release()).toBe('lost');
  expect(await next!.release()).toBe('released');
});

test('B2 S1 S2 S6 L1: a load over three crashes of such a server sees no overlap and no error', async () => {
  await keepIn(...ALWAYS);
  const shape: LoadShape = {
    processes: 3,
    callers: 3,
    keys: ['red', 'green'],
    body: 3,
    options: { ...patient, timeout: 8_000 },
  };
  const load = await Load.gather(redis.url, shape);
  load.go();
  for (let round = 0; round < 3; round++) {
    await pause(500);
    await crash();
  }
  await pause(500);
  const report = await load.stop();
  process.stdout.write(`server-persistence.test.ts: three crashes: ${summary(report)}\n`);
  expectExclusion(report);
  expect(kinds(report)).toEqual({});
  expect(report.late).toBeLessThanOrEqual(LATE);
  expect(report.sections.length).toBeGreaterThan(shape.processes * shape.callers * 3);
  expect(await keysLeft(redis)).toEqual([]);
});

test('B2 L3 S2: a lock that was given back, and that an old snapshot brings back, is granted again when its ttl is over', async () => {
  const ttl = 2_500;
  await keepIn();
  const [ours, theirs] = [await locker({ ...patient, ttl }), await locker(patient)];
  const lock = await ours.locker.acquire('k');
  const expiry = Number(await redis.command('PEXPIRETIME', 'lock:k'));
  await redis.command('SAVE');
  expect(await lock.release()).toBe('released');
  await crash();
  // Nobody has it, and nobody knows.
  expect(await theirs.locker.tryAcquire('k')).toBeNull();

  const next = await theirs.locker.acquire('k');
  const late = Date.now() - expiry;
  process.stdout.write(`server-persistence.test.ts: a ghost's lock is granted ${late} ms after its expiry\n`);
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThanOrEqual(100 + BUSY);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
  // The one who had given it back can neither get it again by that, nor take it from the next one.
  expect(await lock.extend()).toBe('lost');
  expect(await next.release()).toBe('released');
});

test('B2 S2: a lock that an old snapshot has never heard of is lost, and the next fencing token is higher all the same', async () => {
  await keepIn();
  const [ours, theirs] = [await locker(patient), await locker(patient)];
  await ours.locker.withLock('k', () => undefined);
  await redis.command('SAVE');
  const fences: number[] = [];
  for (let i = 0; i < 20; i++) await ours.locker.withLock('k', (lock) => fences.push(lock.fencingToken));
  const lock = await ours.locker.acquire('k');
  await crash();
  const next = await theirs.locker.acquire('k');
  fences.push(lock.fencingToken, next.fencingToken);
  expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
  expect(await lock.extend()).toBe('lost');
  expect(await lock.release()).toBe('lost');
  expect(await next.release()).toBe('released');
});
