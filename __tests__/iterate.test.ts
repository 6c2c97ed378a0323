import { EngineLocker } from '../src/create-locker.js';
import { currentLock, memory, type WrapOptions } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { VirtualEnvironment } from './support/virtual-environment.js';

type Steps = () => AsyncGenerator<number, string>;

function world(steps: (stall: (ms: number) => void) => Steps, options: WrapOptions<Steps> = {}) {
  const environment = new VirtualEnvironment();
  const adapter = memory({ now: () => environment.wall });
  const locker = new EngineLocker(adapter, { ttl: 1_000 }, environment);
  const wrapped: Steps = locker.wrap(
    'k',
    steps((ms) => environment.stall(ms)),
    options,
  );
  return { adapter, locker, wrapped };
}

const tidy: string[] = [];
const counting = (stall: (ms: number) => void): Steps =>
  async function* counting() {
    try {
      yield 1;
      stall(2_000);
      yield 2;
      return 'end';
    } finally {
      tidy.push('tidied up');
    }
  };

beforeEach(() => tidy.splice(0));

it('takes nothing more from a generator that has lost its lock, and lets it tidy up', async () => {
  const { wrapped, adapter } = world(counting);
  const got: number[] = [];
  const consume = async (): Promise<void> => {
    for await (const value of wrapped()) got.push(value);
  };
  expect(await rejection(consume())).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
  expect(got).toEqual([1]);
  expect(tidy).toEqual(['tidied up']);
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});

it('goes on with one that wants to be told by the signal only', async () => {
  const { wrapped } = world(counting, { onLost: 'abort' });
  const got: number[] = [];
  for await (const value of wrapped()) got.push(value);
  expect(got).toEqual([1, 2]);
});

it('tells a consumer that breaks off after a loss, too', async () => {
  const { wrapped } = world(
    (stall) =>
      async function* () {
        try {
          yield 1;
        } finally {
          stall(2_000);
        }
        return '';
      },
  );
  const consume = async (): Promise<void> => {
    for await (const value of wrapped()) expect(value).toBe(1);
  };
  expect(await rejection(consume())).toMatchObject({ code: 'LOCK_LOST' });
});

it('leaves the generator its own error, with the loss as its cause', async () => {
  const own = new Error('own');
  const { wrapped } = world(
    (stall) =>
      async function* () {
        yield 1;
        stall(2_000);
        throw own;
      },
  );
  const steps = wrapped();
  await steps.next();
  expect(await rejection(steps.next())).toBe(own);
  expect(own.cause).toMatchObject({ code: 'LOCK_LOST' });
});

it('takes each step inside the lock, and gives it back when the consumer breaks off', async () => {
  const seen: unknown[] = [];
  const { wrapped, locker, adapter } = world(
    () =>
      async function* () {
        const lock = currentLock();
        for (let i = 0; ; i++) {
          seen.push(
            currentLock() === lock,
            await locker.acquire('k', { timeout: 0 }).then((inner) => inner.release()),
          );
          yield i;
        }
      },
  );
  for await (const value of wrapped()) {
    expect(currentLock()).toBeUndefined();
    if (value === 2) break;
  }
  expect(seen).toEqual([true, 'released', true, 'released', true, 'released']);
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});

it('passes on what the consumer sends and throws', async () => {
  const got: unknown[] = [];
  const { wrapped } = world(
    () =>
      async function* () {
        try {
          got.push(yield 1);
          yield 2;
        } catch (error) {
          got.push(error);
        }
        return 'caught';
      },
  );
  const steps = wrapped() as AsyncGenerator<number, string, unknown>;
  await steps.next();
  await steps.next('sent');
  expect(await steps.throw('thrown')).toEqual({ done: true, value: 'caught' });
  expect(got).toEqual(['sent', 'thrown']);
});

it('with onBusy: skip ends without a value, and with a function is refused when it is wrapped', async () => {
  const { wrapped, locker } = world(counting, { onBusy: 'skip' } as never);
  await using _held = await locker.acquire('k');
  const got: number[] = [];
  for await (const value of wrapped()) got.push(value);
  expect(got).toEqual([]);
  expect(() => world(counting, { onBusy: () => 1 } as never)).toThrow(
    'wrap: onBusy of an async generator must be "wait", "throw" or "skip", not a function',
  );
  const { wrapped: throwing, locker: other } = world(counting, { onBusy: 'throw' });
  await using _theirs = await other.acquire('k');
  expect(await rejection(throwing().next())).toMatchObject({ code: 'LOCK_TIMEOUT' });
});
