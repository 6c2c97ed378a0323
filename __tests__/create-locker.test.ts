/** What a locker makes of its calls: work under a lock, tries, adoptions, listeners and its own end. */
import { currentLock, type Lock } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';
import { virtualLocker } from './support/virtual-locker.js';

describe('work under a lock', () => {
  it('runs while it is held, as its work, and gives it back', async () => {
    const { locker, told } = virtualLocker();
    const result = await locker.withLock('k', async (lock) => {
      expect([lock.held, lock.key]).toEqual([true, 'k']);
      expect(currentLock()).toBe(lock);
      await settle();
      expect(told).toEqual([]);
      return 'done';
    });
    expect([result, told]).toEqual(['done', ['released: released']]);
  });

  it('that is only thenable begins inside, too', async () => {
    const { locker } = virtualLocker();
    let inside: Lock | undefined;
    const work = {
      then: (resolve: (value: string) => void) => {
        inside = currentLock();
        resolve('done');
      },
    };
    expect(await locker.withLock('k', () => work as PromiseLike<string>)).toBe('done');
    expect(inside?.key).toBe('k');
  });

  it.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('own');
      },
    ],
    ['rejects', () => Promise.reject(new Error('own')) as never],
  ])('that %s has its own error, and gives the lock back', async (_, body) => {
    const { locker, told } = virtualLocker();
    const error = await rejection(locker.withLock('k', body));
    expect(error).toEqual(new Error('own'));
    expect('cause' in (error as Error)).toBe(false);
    expect(told).toEqual(['released: released']);
  });

  it('is lost with its lock, or goes on without it, and an error tells of that', async () => {
    const { locker, environment } = virtualLocker();
    const lose = (): string => (environment.stall(6_000), 'done');
    const loss = await rejection(locker.withLock('k', lose));
    expect(loss).toMatchObject({ code: 'LOCK_LOST' });
    expect('cause' in (loss as Error)).toBe(false);
    expect(await locker.withLock('k', lose, { onLost: 'abort' })).toBe('done');
    const failed = locker.withLock('k', () => {
      lose();
      throw new Error('own');
    });
    expect(await rejection(failed)).toMatchObject({ message: 'own', cause: { code: 'LOCK_LOST' } });
  });

  it('is a function', async () => {
    const { locker } = virtualLocker();
    expect(await rejection(locker.withLock('k', 'body' as never))).toEqual(
      new TypeError('withLock: body must be a function, not "body"'),
    );
  });

  it('has a key', async () => {
    const { locker } = virtualLocker();
    const messages = await Promise.all(
      [locker.withLock('', () => 1), locker.acquire(''), locker.tryAcquire('')].map(rejection),
    );
    expect(messages.map((error) => (error as Error).message.split(' ', 4).join(' '))).toEqual([
      'withLock: the key is',
      'acquire: the key is',
      'tryAcquire: the key is',
    ]);
  });

  it('does not begin when its caller has aborted it by then, and gives the lock back', async () => {
    const { locker, told } = virtualLocker();
    const abort = new AbortController();
    locker.on('granted', () => abort.abort('gone'));
    let ran = false;
    const call = locker.withLock('k', () => (ran = true), { signal: abort.signal });
    expect([await rejection(call), ran, told]).toEqual(['gone', false, ['released: released']]);
  });
});

describe('a lock of which too little is left when its work would begin', () => {
  /** Lets so much time pass with the first grants that `left` ms are left of them. */
  function slow(left: number, times: number) {
    const made = virtualLocker({ ttl: 1_000, minValidity: 500 });
    let grants = 0;
    made.locker.on('granted', () => {
      if (grants++ < times) made.environment.stall(978 - left);
    });
    return { ...made, grants: () => grants };
  }

  it('is given back, and taken again', async () => {
    const { locker, grants, told } = slow(499, 2);
    expect(await locker.withLock('k', (lock) => lock.remaining)).toBe(978);
    expect([grants(), told]).toEqual([3, Array(3).fill('released: released')]);
  });

  it('is enough at minValidity', async () => {
    const { locker, grants } = slow(500, 1);
    expect(await locker.withLock('k', (lock) => lock.remaining)).toBe(500);
    expect(grants()).toBe(1);
  });

  it('is why a call is refused whose timeout is over, to the moment', async () => {
    const { locker, told } = slow(499, 1);
    const error = await rejection(locker.withLock('k', () => 'ran', { timeout: 479 }));
    expect(error).toMatchObject({
      code: 'LOCK_BACKEND',
      key: 'k',
      reason: 'TOO_SLOW',
      retryable: true,
      waited: 479,
      ownership: 'never-held',
      message: expect.stringContaining(
        'the program was busy until 499 ms of the lease were left, less than the minValidity of 500 ms',
      ) as string,
    });
    expect(told).toEqual(['released: released']);
    expect(await slow(499, 1).locker.withLock('k', () => 'ran', { timeout: 480 })).toBe('ran');
  });

  it('is taken again for what is left of the timeout', async () => {
    const { locker, environment } = slow(499, 1);
    const leave = locker.on('released', () => {
      leave();
      void locker.acquire('k');
    });
    const call = rejection(locker.withLock('k', () => 'ran', { timeout: 1_000 }));
    await environment.pass(1_200);
    expect(await call).toMatchObject({ code: 'LOCK_TIMEOUT', waited: 521 });
  });
});

describe('when somebody else has the lock', () => {
  it('work is left out, replaced, or refused', async () => {
    const { locker } = virtualLocker();
    await locker.acquire('k');
    const run = (): string => 'ran';
    expect(await locker.withLock('k', run, { onBusy: 'skip' })).toBeUndefined();
    expect(await locker.withLock('k', run, { onBusy: (error) => error.code })).toBe('LOCK_TIMEOUT');
    const refused = { code: 'LOCK_TIMEOUT' };
    expect(await rejection(locker.withLock('k', run, { onBusy: 'throw' }))).toMatchObject(refused);
    const failed = locker.withLock('k', run, { onBusy: () => Promise.reject(new Error('own')) });
    expect(await rejection(failed)).toEqual(new Error('own'));
  });

  it('a try is null, and any other error is an error', async () => {
    const { locker } = virtualLocker();
    await using held = await locker.tryAcquire('k');
    expect([held?.key, await locker.tryAcquire('k')]).toEqual(['k', null]);
    await held?.release();
    await locker.close();
    expect(await rejection(locker.tryAcquire('k'))).toMatchObject({ code: 'LOCK_CLOSED' });
    for (const onBusy of ['skip', () => 'instead'] as const)
      expect(await rejection(locker.withLock('k', () => 1, { onBusy } as never))).toMatchObject({
        code: 'LOCK_CLOSED',
      });
  });
});

it('adopts a lock of its own prefix only', async () => {
  const { locker } = virtualLocker();
  const other = virtualLocker({ prefix: 'other:' });
  const text = (await locker.acquire('k')).serialize();
  expect(await rejection(other.locker.adopt(text))).toEqual(
    new TypeError('adopt: the lock was taken by a locker with another prefix than "other:"'),
  );
  expect((await locker.adopt(text)).held).toBe(true);
});

it('names calls after what they are, unless they are named', async () => {
  const { locker } = virtualLocker();
  const names: string[] = [];
  locker.on('granted', ({ name }) => names.push(name));
  await locker.withLock('a', () => undefined);
  await locker.withLock('a', () => undefined, { onLost: 'abort' });
  const text = (await locker.acquire('b')).serialize();
  await locker.adopt(text);
  await locker.tryAcquire('c');
  await locker.wrap('d', async function work() {})();
  await locker.wrap(
    'e',
    (
      () => async () =>
        undefined
    )(),
  )();
  const named = ['withLock', 'withLock', 'acquire', 'adopt', 'tryAcquire', 'work', 'anonymous function'];
  expect(names).toEqual(named);
});

it('says which bad option is whose', async () => {
  const { locker } = virtualLocker();
  const bad = { no: 1 } as never;
  const calls = [
    locker.withLock('k', () => 1, bad),
    locker.acquire('k', bad),
    locker.tryAcquire('k', bad),
    locker.adopt('x', bad),
    locker.close(bad),
  ];
  const found = (await Promise.all(calls.map(rejection))).map(
    (error) => (error as Error).message.split(':')[0],
  );
  expect(found).toEqual(['withLock', 'acquire', 'tryAcquire', 'adopt', 'close']);
  expect(() => locker.wrap('k', async () => 1, bad)).toThrow(/^wrap/);
});

it('tells listeners of what there is, until they leave', async () => {
  const { locker } = virtualLocker();
  const heard: unknown[] = [];
  const leave = locker.on('granted', ({ key }) => heard.push(key));
  await locker.acquire('a');
  leave();
  await locker.acquire('b');
  expect(heard).toEqual(['a']);
  expect(() => locker.on('nothing' as never, () => undefined)).toThrow(
    new TypeError(
      'on: there is no event "nothing"; there are waiting, granted, busy, refused, extended, lost, released, failure',
    ),
  );
  expect(() => locker.on('granted', 'listener' as never)).toThrow(
    new TypeError('on: listener must be a function, not "listener"'),
  );
});
