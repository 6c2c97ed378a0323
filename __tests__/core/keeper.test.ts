import { now } from '../../src/core/clock.js';
import { Keeper } from '../../src/core/keeper.js';
import { Lease, margin } from '../../src/core/lease.js';
import { claim, scriptedEngine, TTL } from '../support/engine.js';

const EXTENDED = [1];
const NOT_OURS = [0];
const LENGTH = TTL - margin(TTL);
/** After how long it extends. */
const THIRD = LENGTH / 3;

function keep(extend = true, commandTimeout = claim().commandTimeout) {
  const world = scriptedEngine();
  const { engine, environment, adapter, told } = world;
  const lease = new Lease(environment.clock, now(environment.clock), TTL);
  const ends: unknown[] = [];
  lease.onEnd((end) => ends.push([end, environment.mono]));
  const keeper = new Keeper(engine, { ...claim(), commandTimeout, fence: 7 }, lease, extend);
  const next = () => adapter.next('mutex-extend');
  const events = (): string[] => told.map(([name]) => name);
  return { ...world, lease, keeper, ends, next, events, startedAt: environment.mono };
}

it('extends whenever a third has passed, from the sending of the last extension', async () => {
  const { environment, lease, next, adapter, events } = keep();
  let late = 0;
  for (let round = 0; round < 3; round++) {
    await environment.pass(THIRD - late - 1);
    expect(adapter.unseen).toEqual([]);
    await environment.pass(1);
    const sent = await next();
    expect(sent.args.slice(1)).toEqual([String(TTL), '7']);
    late = 10;
    environment.stall(late);
    await sent.reply(EXTENDED);
    expect(lease.remaining).toBeCloseTo(LENGTH - late);
  }
  expect(events()).toEqual(['extended', 'extended', 'extended']);
});

it('tells for how long the lock has been held by the one who works under it', async () => {
  const { environment, next, keeper, told } = keep();
  await environment.pass(THIRD);
  await (await next()).reply(EXTENDED);
  await environment.pass(100);
  const second = { key: 'k', name: 'Test.second' };
  keeper.serve(second);
  await environment.pass(THIRD - 100);
  await (await next()).reply(EXTENDED);
  expect(told.map(([, event]) => event)).toEqual([
    { key: 'k', name: 'Test.run', held: expect.closeTo(THIRD, 6), remaining: expect.closeTo(LENGTH, 6) },
    { ...second, held: expect.closeTo(THIRD - 100, 6), remaining: expect.closeTo(LENGTH, 6) },
  ]);
});

it('has one timer, which does not keep the process alive', () => {
  for (const extend of [true, false]) {
    const { environment, keeper } = keep(extend);
    expect(environment.pending).toHaveLength(1);
    expect(environment.pendingInForeground).toBe(0);
    keeper.stop();
    expect(environment.pending).toEqual([]);
  }
});

it('ends the lease by the clock when nobody answers', async () => {
  const { environment, next, ends, startedAt, events } = keep();
  await environment.pass(THIRD);
  await next();
  await environment.pass(LENGTH - THIRD);
  expect(ends).toEqual([['expired', startedAt + LENGTH]]);
  expect(events()).toContain('failure');
  await environment.pass(10 * TTL);
  expect(environment.pending).toEqual([]);
});

it('tries again while the lease lasts, and goes on when it succeeds', async () => {
  const { environment, adapter, next, lease, ends } = keep();
  await environment.pass(THIRD);
  await (await next()).fail(new Error('LOADING dataset'));
  const again = await adapter.nextWithin(100, environment, 'mutex-extend');
  await again.reply(EXTENDED);
  expect(lease.remaining).toBeCloseTo(LENGTH, -1);
  await environment.pass(THIRD);
  await (await next()).reply(EXTENDED);
  expect(ends).toEqual([]);
});

it('ends the lease at once when the lock is not ours any more', async () => {
  const { environment, next, ends, startedAt, keeper } = keep();
  await environment.pass(THIRD);
  await (await next()).reply(NOT_OURS);
  expect(ends).toEqual([['taken', startedAt + THIRD]]);
  expect(environment.pending).toEqual([]);
  expect(await keeper.extend(TTL)).toBe('lost');
});

it('does not believe a reply that comes after the end', async () => {
  const { environment, next, lease, ends } = keep();
  await environment.pass(THIRD);
  const sent = await next();
  environment.stall(10 * TTL);
  await sent.reply(EXTENDED);
  expect(lease.remaining).toBe(0);
  expect(ends).toHaveLength(1);
});

it('ends the lease without a command after the process stood still for too long', async () => {
  const { environment, adapter, ends } = keep();
  environment.stall(3 * TTL);
  await environment.pass(0);
  await environment.pass(1);
  expect(ends).toHaveLength(1);
  expect(adapter.count).toBe(0);
});

it('does not extend without being asked when it should not, but watches for the end', async () => {
  const { environment, adapter, ends, keeper, next, startedAt } = keep(false);
  await environment.pass(THIRD);
  expect(adapter.count).toBe(0);
  const extension = keeper.extend(5 * TTL);
  await (await next()).reply(EXTENDED);
  expect(await extension).toBe('extended');
  await environment.pass(LENGTH);
  expect(ends).toEqual([]);
  await environment.pass(5 * TTL);
  expect(ends).toEqual([['expired', startedAt + THIRD + 5 * TTL - margin(5 * TTL)]]);
});

it('does not ask again by itself when it should not, however patient its commands are', async () => {
  const { environment, adapter, keeper, next } = keep(false, TTL);
  void keeper.extend(TTL);
  await next();
  await environment.pass(LENGTH - 1);
  expect(adapter.count).toBe(1);
});

it('says what came of an extension', async () => {
  const { environment, keeper, next, told } = keep(false);
  const failed = keeper.extend(TTL);
  await (await next()).fail(new Error('LOADING dataset'));
  expect(await failed).toBe('unknown');
  expect(told).toEqual([
    [
      'failure',
      { key: 'k', name: 'Test.run', operation: 'extend', reason: 'LOADING', message: 'LOADING dataset' },
    ],
  ]);
  const late = keeper.extend(TTL);
  const sent = await next();
  environment.stall(TTL);
  await sent.fail(new Error('LOADING dataset'));
  expect(await late).toBe('lost');
  expect(told).toHaveLength(1);
  const other = keep(false);
  const taken = other.keeper.extend(TTL);
  await (await other.next()).reply(NOT_OURS);
  expect(await taken).toBe('lost');
});

it('says that the lock is lost to who extends it while it is given back', async () => {
  const { keeper, next } = keep();
  const extension = keeper.extend(TTL);
  const sent = await next();
  keeper.stop();
  await sent.reply(EXTENDED);
  expect(await extension).toBe('lost');
});

it('has no timer any more when it is stopped by who hears of an extension', async () => {
  const { environment, engine, keeper, next } = keep();
  engine.events.on('extended', () => keeper.stop());
  await environment.pass(THIRD);
  await (await next()).reply(EXTENDED);
  expect(environment.pending).toEqual([]);
});

it('watches for the end while an extension fails, and asks again after a moment', async () => {
  const { environment, adapter, next } = keep();
  await environment.pass(THIRD);
  await (await next()).fail(new Error('LOADING dataset'));
  expect(environment.pending).toHaveLength(2);
  await environment.pass(24);
  expect(adapter.count).toBe(1);
  await (await adapter.nextWithin(100, environment, 'mutex-extend')).reply(EXTENDED);
  expect(environment.pending).toHaveLength(1);
});

it('asks again when one got no reply, and not beside it', async () => {
  const { environment, adapter, next } = keep(true, TTL / 4);
  await environment.pass(THIRD);
  await next();
  await environment.pass(TTL / 4);
  expect(adapter.count).toBe(1);
});

it('asks every third of its own ttl also after a longer extension: somebody may have taken the lock away', async () => {
  const { environment, keeper, next, ends } = keep();
  const extension = keeper.extend(10 * TTL);
  await (await next()).reply(EXTENDED);
  await extension;
  await environment.pass(LENGTH / 3);
  await (await next()).reply(NOT_OURS);
  expect(ends).toHaveLength(1);
});

it.each([TTL / 4, TTL])('has time for another attempt when one gets no reply for %i ms', async (patience) => {
  const { environment, adapter, next, ends } = keep(true, patience);
  await environment.pass(THIRD);
  await next();
  await environment.pass(TTL / 4 + 1);
  const again = await adapter.nextWithin(TTL / 4, environment, 'mutex-extend');
  await again.reply(EXTENDED);
  expect(ends).toEqual([]);
});

it('sends nothing more once it was stopped, whatever is under way', async () => {
  for (const answers of [true, false]) {
    const { environment, adapter, keeper, next, events } = keep();
    await environment.pass(THIRD);
    const sent = await next();
    keeper.stop();
    if (answers) await sent.reply(EXTENDED);
    await environment.pass(2 * TTL);
    expect([adapter.count, events()]).toEqual([1, []]);
  }
});

it('says nothing more once it was stopped', async () => {
  const { environment, keeper, next, events } = keep();
  await environment.pass(THIRD);
  const sent = await next();
  keeper.stop();
  await sent.reply(NOT_OURS);
  expect(events()).toEqual([]);
  expect(environment.pending).toEqual([]);
  expect(await keeper.extend(TTL)).toBe('lost');
});

it('a locker that closes waits for an extension under way, and no longer than for its reply or its deadline', async () => {
  for (const isAnswered of [true, false]) {
    const { environment, engine, next, keeper } = keep();
    await environment.pass(THIRD);
    const sent = await next();
    keeper.stop();
    let finished = false;
    const closed = engine.cleanup.finish().then(() => (finished = true));
    await environment.pass(claim().commandTimeout - 1);
    expect(finished).toBe(false);
    if (isAnswered) await sent.reply(NOT_OURS);
    else await environment.pass(1);
    await closed;
    expect(environment.pending).toEqual([]);
  }
});
