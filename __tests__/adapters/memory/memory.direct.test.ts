import { memory } from '../../../src/index.js';
import { mutexAcquire, serverMemory } from '../../../src/scripts/generated.js';

const acquire = (adapter: ReturnType<typeof memory>): Promise<unknown> =>
  adapter.run(mutexAcquire, ['lock', 'fence', 'queue', 'waiters'], ['me', '500', 'who', '1', '', 'nonce']);

it('has one server, which can run steps of several locks at once and counts all that listen', () => {
  const { joins, countsListeners, waitReplicas } = memory();
  expect([joins, countsListeners, waitReplicas]).toEqual([true, undefined, undefined]);
});

it('has the time that it was given', async () => {
  const adapter = memory({ now: () => 1_000 });
  expect(await acquire(adapter)).toEqual(['nonce', [1, 1_000_000, 1_000_000]]);
  expect([adapter.keyspace.get('lock'), adapter.keyspace.ttl('lock')]).toEqual(['me 1000000 1000 who', 500]);
});

it.each<unknown>([undefined, {}, { now: undefined }])('has the real time of %p', (options) => {
  const before = performance.timeOrigin + performance.now();
  const time = memory(options as { now?: () => number }).keyspace.time() / 1_000;
  expect(time).toBeGreaterThan(before - 0.002);
  expect(time).toBeLessThanOrEqual(performance.timeOrigin + performance.now());
});

it.each<[unknown, string]>([
  [{ now: 12 }, 'memory: now must be a function, not 12'],
  [{ now: null }, 'memory: now must be a function, not null'],
  [{ time: 12 }, 'memory: there is no option "time"; there are now'],
  [Date.now, 'memory: options must be a plain object, not a function'],
])('refuses %p, naming option, rule and value', (options, message) => {
  expect(() => memory(options as never)).toThrow(new TypeError(message));
});

it('refuses a script that it does not know, as a server does', async () => {
  const unknown = { ...mutexAcquire, name: 'unknown' };
  await expect(memory().run(unknown, ['key'], [])).rejects.toThrow(
    new Error('ERR memory() does not know the script unknown'),
  );
});

it('does nothing in the turn of the call, as if a server were on the other side', async () => {
  const adapter = memory();
  const { keyspace } = adapter;
  const reply = acquire(adapter);
  expect(keyspace.get('lock')).toBeNull();
  await reply;
  expect(keyspace.get('lock')).not.toBeNull();
  const subscribed = adapter.subscribe('channel', () => undefined);
  expect(keyspace.publish('channel', '')).toBe(0);
  const stop = await subscribed;
  expect(keyspace.publish('channel', '')).toBe(1);
  const stopped = stop();
  expect(keyspace.publish('channel', '')).toBe(1);
  await stopped;
  await stop();
  expect(keyspace.publish('channel', '')).toBe(0);
});

it('never has to throw anything away, and says so', async () => {
  expect(await memory().run(serverMemory, [], [])).toEqual([0, 'noeviction']);
});
