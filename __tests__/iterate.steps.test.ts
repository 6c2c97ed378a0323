/** How an async generator asks for its lock, and what is done with its steps while it has it and when it has lost it. */
import { type Lock, LockTimeoutError } from '../src/index.js';
import { iterate, type LockedCall } from '../src/iterate.js';
import { deferred, rejection } from './support/deferred.js';
import { fakeLock, loss } from './support/fake-lock.js';
import { settle } from './support/virtual-environment.js';

type Options = Partial<LockedCall['options']>;

const busy = new LockTimeoutError({ key: 'k', timeout: 0, waited: 0, holder: undefined, heldFor: undefined });

function world(options: Options = {}, acquire?: () => Promise<Lock>) {
  const { lock, log, lose } = fakeLock();
  const asked = jest.fn(acquire ?? (async () => lock));
  /** A generator whose every answer is given by the test. */
  const steps = {
    next: jest.fn(async (value?: unknown) => (log.push('next'), { done: false, value })),
    return: jest.fn(async (value?: unknown) => (log.push('return'), { done: true, value })),
    throw: jest.fn(async (error?: unknown) => (log.push('throw'), { done: false, value: error })),
  };
  const start = jest.fn(() => (log.push('start'), steps as unknown as AsyncGenerator));
  const call = { locker: { acquire: asked }, key: 'k', options: { name: 'here', ...options } };
  const walk = iterate(() => call as unknown as LockedCall, start);
  return { walk, lock, log, lose, asked, steps, start };
}

describe('the lock is asked for', () => {
  it('at the first step, with the options of a call and none of what is the generator’s business', async () => {
    const { walk, asked, start } = world({ ttl: 500, onLost: 'abort', onBusy: 'wait' });
    await settle();
    expect(asked).not.toHaveBeenCalled();
    await walk.next();
    expect(asked.mock.calls).toStrictEqual([['k', { name: 'here', ttl: 500 }]]);
    expect(start.mock.calls).toEqual([[]]);
  });

  it.each<[Options['onBusy'], number | undefined, number | undefined]>([
    [undefined, undefined, undefined],
    ['wait', undefined, undefined],
    ['throw', undefined, 0],
    ['skip', undefined, 0],
    ['throw', 50, 50],
    ['skip', 50, 50],
  ])('with onBusy %s and a timeout of %s for so long: %s', async (onBusy, timeout, waits) => {
    const { walk, asked } = world({ onBusy, timeout });
    await walk.next();
    expect(asked.mock.calls).toEqual([['k', { name: 'here', timeout: waits }]]);
  });
});

describe('a lock that is not granted', () => {
  const refused = (error: unknown, options: Options) => world(options, () => Promise.reject(error));

  it('because somebody else has it leaves out a generator that is to be skipped', async () => {
    const { walk, start } = refused(busy, { onBusy: 'skip' });
    expect(await walk.next()).toEqual({ done: true, value: undefined });
    expect(start).not.toHaveBeenCalled();
  });

  it('says so in the words of another copy of the package', async () => {
    await jest.isolateModulesAsync(async () => {
      const other = await import('../src/index.js');
      const details = { key: 'k', timeout: 0, waited: 0, holder: undefined, heldFor: undefined };
      const theirs = new other.LockTimeoutError(details);
      expect(theirs).not.toBeInstanceOf(LockTimeoutError);
      expect(await refused(theirs, { onBusy: 'skip' }).walk.next()).toEqual({ done: true, value: undefined });
    });
  });

  it.each<[string, unknown, Options]>([
    ['for want of another wish', busy, {}],
    ['with onBusy: throw', busy, { onBusy: 'throw' }],
    ['for another reason', loss, { onBusy: 'skip' }],
    ['for one of no kind', 'no error', { onBusy: 'skip' }],
    ['because the caller’s signal says so', busy, { onBusy: 'skip', signal: AbortSignal.abort(busy) }],
  ])('is an error %s', async (_, error, options) => {
    const { walk, start } = refused(error, options);
    expect(await rejection(walk.next())).toBe(error);
    expect(await walk.next()).toEqual({ done: true, value: undefined });
    expect(start).not.toHaveBeenCalled();
  });

  it('because of the call itself is told at the first step', async () => {
    const error = new Error('of the call');
    const walk = iterate(() => {
      throw error;
    }, jest.fn());
    expect(await rejection(walk.next())).toBe(error);
  });
});

describe('a lock that comes too late', () => {
  it('for a signal that has aborted is given back, and the generator is not made', async () => {
    const { walk, log, start } = world({ signal: AbortSignal.abort('gone') });
    expect(await rejection(walk.next())).toBe('gone');
    expect(start).not.toHaveBeenCalled();
    expect(log).toEqual(['released']);
  });

  it.each(['reject', 'abort'] as const)(
    'because it is lost: the generator is not made, with %s',
    async (onLost) => {
      const { walk, log, lose, start } = world({ onLost });
      lose();
      expect(await rejection(walk.next())).toBe(loss);
      expect(start).not.toHaveBeenCalled();
      expect(log).toEqual(['released']);
    },
  );
});

describe('while the lock is held', () => {
  it('each step is its work, and gets what the consumer sends', async () => {
    const { walk, log, steps } = world();
    steps.return.mockImplementationOnce(async () => (log.push('return'), { done: false, value: 'own' }));
    expect(await walk.next('ignored')).toEqual({ done: false, value: undefined });
    expect(await walk.next('sent')).toEqual({ done: false, value: 'sent' });
    expect(await walk.throw('thrown')).toEqual({ done: false, value: 'thrown' });
    expect(await walk.return('early')).toEqual({ done: false, value: 'own' });
    expect(await walk.return('at last')).toEqual({ done: true, value: 'at last' });
    expect([steps.next, steps.throw, steps.return].map(({ mock }) => mock.calls)).toEqual([
      [[undefined], ['sent']],
      [['thrown']],
      [['early'], ['at last']],
    ]);
    const made = ['start', 'next', 'next', 'throw', 'return', 'return'];
    expect(log).toEqual([...made.flatMap((step) => ['in', step, 'out']), 'released']);
  });

  it('its end is the end of the last step, and waits for the release', async () => {
    const { walk, lock, steps } = world();
    const released = deferred();
    const end = jest.fn();
    jest.spyOn(lock, 'release').mockReturnValue(released.promise as Promise<never>);
    steps.next.mockResolvedValueOnce({ done: true, value: 'end' });
    const last = walk.next().finally(end);
    await settle();
    expect(lock.release).toHaveBeenCalledTimes(1);
    expect(end).not.toHaveBeenCalled();
    released.resolve();
    expect(await last).toEqual({ done: true, value: 'end' });
    expect(steps.return).not.toHaveBeenCalled();
  });

  it.each(['start', 'next'] as const)('an error of %s is the consumer’s as it is', async (where) => {
    const error = new Error('own');
    const { walk, log, start, steps } = world();
    const fail = (): never => {
      throw error;
    };
    if (where === 'start') start.mockImplementationOnce(fail);
    else steps.next.mockImplementationOnce(fail);
    expect(await rejection(walk.next())).toBe(error);
    expect('cause' in error).toBe(false);
    expect(log.at(-1)).toBe('released');
  });
});

describe('when the lock is lost', () => {
  it.each(['next', 'return', 'throw'] as const)(
    'between two steps, %s ends the generator as its last work, and tells',
    async (way) => {
      const { walk, log, lose, steps } = world();
      await walk.next();
      log.length = 0;
      lose();
      expect(await rejection(walk[way]('sent'))).toBe(loss);
      expect(steps.return.mock.calls).toEqual([[undefined]]);
      expect(log).toEqual(['in', 'return', 'out', 'released']);
      expect(await walk.next()).toEqual({ done: true, value: undefined });
    },
  );

  it('during a step, what that made goes to nobody', async () => {
    const { walk, log, lose, steps } = world();
    steps.next.mockImplementationOnce(async () => (lose(), { done: false, value: 'too late' }));
    expect(await rejection(walk.next())).toBe(loss);
    expect(log).toEqual(['in', 'start', 'out', 'in', 'out', 'in', 'return', 'out', 'released']);
  });

  it('during its last step, its result goes to nobody, and it is not ended twice', async () => {
    const { walk, lose, steps } = world();
    steps.next.mockImplementationOnce(async () => (lose(), { done: true, value: 'too late' }));
    expect(await rejection(walk.next())).toBe(loss);
    expect(steps.return).not.toHaveBeenCalled();
  });

  it('the consumer hears of it after the generator has tidied up', async () => {
    const { walk, lose, steps } = world();
    const tidy = deferred<{ done: boolean; value: unknown }>();
    await walk.next();
    lose();
    steps.return.mockReturnValueOnce(tidy.promise);
    const heard = jest.fn();
    const step = walk.next().catch(heard);
    await settle();
    expect(heard).not.toHaveBeenCalled();
    tidy.resolve({ done: true, value: undefined });
    await step;
    expect(heard).toHaveBeenCalledWith(loss);
  });

  it('an error of the generator’s own is told instead, and names it', async () => {
    const own = new Error('of the tidying up');
    const { walk, lose, steps } = world();
    await walk.next();
    lose();
    steps.return.mockRejectedValueOnce(own);
    expect(await rejection(walk.next())).toBe(own);
    expect(own.cause).toBe(loss);
  });

  it('a generator that is told by the signal goes on to its end', async () => {
    const { walk, log, lose, steps } = world({ onLost: 'abort' });
    await walk.next();
    lose();
    expect(await walk.next('on')).toEqual({ done: false, value: 'on' });
    expect(await walk.return('end')).toEqual({ done: true, value: 'end' });
    expect(steps.return.mock.calls).toEqual([['end']]);
    expect(log.at(-1)).toBe('released');
  });
});
