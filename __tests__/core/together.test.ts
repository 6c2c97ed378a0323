/** One attempt to take several locks at once, and what becomes of a call whose attempt fails. */
import { margin } from '../../src/core/lease.js';
import { LockTimeoutError } from '../../src/errors.js';
import { rejection } from '../support/deferred.js';
import { TOKEN, TTL } from '../support/engine.js';
import {
  BOTH,
  FIRST,
  inTheWay,
  KEYS_OF_FIRST,
  KEYS_OF_SECOND,
  listOfTwo,
  SECOND,
  taken,
} from '../support/list-of-two.js';
import { RELEASED } from '../support/scripted-adapter.js';

/** With the smallest `minValidity` of our requests. */
const LONGEST_DELAY = TTL - margin(TTL) - 500;

describe('locks that nobody has', () => {
  it('are taken by one command, which says all of them with one token', async () => {
    const { call, sent, adapter } = listOfTwo();
    const { keys, args, reply } = await sent();
    const [one, other] = [KEYS_OF_FIRST, KEYS_OF_SECOND];
    expect(keys).toEqual(
      [one, other].flatMap(({ lock, fence, queue, waiters }) => [lock, fence, queue, waiters]),
    );
    expect(args).toEqual(['2', TOKEN, '1000', 'host/1 Test.run', '1']);
    await reply(taken(5, 70));
    expect(await call).toMatchObject([{ fencingToken: 5 }, { fencingToken: 70 }]);
    expect(adapter.count).toBe(1);
  });

  it('are granted from when the command was sent, with the wait since the call began', async () => {
    const { call, sent, environment } = listOfTwo({ since: 990 });
    const { reply } = await sent();
    environment.stall(200);
    await reply(taken(5, 70));
    for (const { lease, waited } of (await call)!) {
      expect([lease.remaining, waited]).toEqual([TTL - margin(TTL) - 200, 210]);
    }
  });

  it('are extended, lost and given back each by itself', async () => {
    const { call, sent, adapter } = listOfTwo();
    await (await sent()).reply(taken(5, 70));
    const [one, other] = (await call)!;
    one!.lease.finish('taken');
    expect(other!.lease.remaining).toBe(TTL - margin(TTL));
    void other!.extend(2 * TTL);
    const extension = await adapter.next('mutex-extend');
    expect([extension.keys[0], extension.args]).toEqual(['lock:l', [TOKEN, '2000', '70']]);
    await extension.reply([1]);
    expect(other!.lease.remaining).toBe(2 * TTL - margin(2 * TTL));
    const released = other!.release();
    const release = await adapter.next('mutex-release');
    expect([release.keys[0], release.args]).toEqual(['lock:l', [TOKEN]]);
    await release.reply(RELEASED);
    expect(await released).toBe('released');
  });

  it('stay granted when the signal aborts or the locker closes afterwards', async () => {
    const abort = new AbortController();
    const { call, sent, engine, environment, told, givenBack } = listOfTwo({ signal: abort.signal });
    await (await sent()).reply(taken(5, 70));
    expect(await call).toHaveLength(2);
    expect(environment.pendingInForeground).toBe(0);
    abort.abort('gone');
    engine.closing.begin();
    expect([await givenBack(), told]).toEqual([[], []]);
  });
});

describe('a call that is over before its attempt', () => {
  it.each([0, 5_000])('sends nothing when its signal has aborted (timeout %i)', async (timeout) => {
    const { call, adapter, environment, names } = listOfTwo({ signal: AbortSignal.abort('gone'), timeout });
    expect(await rejection(call)).toBe('gone');
    expect([names(), adapter.count, environment.pending]).toEqual([['refused'], 0, []]);
  });

  it('sends nothing when its timeout has passed', async () => {
    const { call, adapter, environment, names } = listOfTwo({ timeout: 100, since: 900 });
    expect(await rejection(call)).toMatchObject({
      ...{ code: 'LOCK_BACKEND', key: 'k', reason: 'NO_REPLY', waited: 100 },
      ...{ ownership: 'never-held', unknownUntil: undefined },
    });
    expect([names(), adapter.count, environment.pending]).toEqual([['refused'], 0, []]);
  });
});

describe('a lock in the way', () => {
  it('makes who can wait take one after the other, and nothing is told or given back', async () => {
    const { call, sent, environment, told, givenBack } = listOfTwo();
    await (await sent()).reply(inTheWay(1));
    expect(await call).toBeUndefined();
    expect([await givenBack(), told, environment.pending]).toEqual([[], [], []]);
  });

  it.each([
    [0, FIRST],
    [1, SECOND],
  ])('refuses who tries, and is named: %i', async (index, site) => {
    const { call, sent, environment, told, givenBack } = listOfTwo({ timeout: 0 });
    const refused = rejection(call);
    await (await sent()).reply(inTheWay(index));
    const error = await refused;
    expect(error).toBeInstanceOf(LockTimeoutError);
    expect(error).toMatchObject({ key: site.key, holder: 'other/2 there', heldFor: 40, waited: 0 });
    expect(told).toEqual([['busy', { ...site, holder: 'other/2 there' }]]);
    expect([await givenBack(), environment.pending]).toEqual([[], []]);
  });
});

describe('an attempt that fails', () => {
  it('makes who can wait take one after the other', async () => {
    const { call, sent, told, environment, givenBack } = listOfTwo();
    await (await sent()).fail(new Error('LOADING dataset'));
    expect(await call).toBeUndefined();
    expect(told).toEqual([
      ['failure', { ...FIRST, operation: 'acquire', reason: 'LOADING', message: 'LOADING dataset' }],
    ]);
    expect([await givenBack(), environment.pending]).toEqual([[], []]);
  });

  it('refuses who tries, and nothing is given back that can not have been taken', async () => {
    const { call, sent, names, environment, givenBack } = listOfTwo({ timeout: 0 });
    const refused = rejection(call);
    await (await sent()).fail(new Error('NOPERM no right'));
    expect(await refused).toMatchObject({
      ...{ code: 'LOCK_BACKEND', key: 'k', reason: 'NOPERM', message: expect.stringContaining('no right') },
      ...{ retryable: false, ownership: 'never-held', unknownUntil: undefined },
    });
    expect(names()).toEqual(['failure', 'refused']);
    expect([await givenBack(), environment.pending]).toEqual([[], []]);
  });

  it('without saying what became of it gives back what it may have taken', async () => {
    const { call, sent, givenBack } = listOfTwo();
    await (await sent()).fail(new Error('Socket closed'));
    expect(await call).toBeUndefined();
    expect(await givenBack()).toEqual(BOTH);

    const tried = listOfTwo({ timeout: 0 });
    const error = rejection(tried.call);
    await (await tried.sent()).fail(new Error('Socket closed'));
    expect(await error).toMatchObject({
      ...{ code: 'LOCK_BACKEND', reason: 'CONNECTION', retryable: true },
      ...{ ownership: 'unknown', unknownUntil: tried.certainAt },
    });
    expect(await tried.givenBack()).toEqual(BOTH);
  });

  it('without a reply in time gives back what it may have taken, and so again until that is confirmed', async () => {
    const { call, sent, adapter, environment, heard, givenBack } = listOfTwo();
    await sent();
    await environment.pass(250);
    expect(await call).toBeUndefined();
    expect(heard('failure')).toMatchObject([{ operation: 'acquire', reason: 'NO_REPLY' }]);
    await (await adapter.next('mutex-release')).fail(new Error('LOADING'));
    expect(await givenBack()).toEqual([BOTH[1]]);
    expect((await adapter.nextWithin(250, environment, 'mutex-release')).keys[0]).toBe('lock:k');
  });

  it.each([0, 5_000])(
    'because one command can not have them all takes one after the other (timeout %i)',
    async (timeout) => {
      const { call, sent, names, environment, givenBack } = listOfTwo({ timeout });
      await (await sent()).fail(new Error("CROSSSLOT Keys in request don't hash to the same slot"));
      expect(await call).toBeUndefined();
      expect([names(), await givenBack(), environment.pending]).toEqual([['failure'], [], []]);
    },
  );
});

describe('a grant that comes late', () => {
  it.each([0, 5_000])('counts while minValidity is left of it (timeout %i)', async (timeout) => {
    const { call, sent, environment } = listOfTwo({ timeout });
    const { reply } = await sent();
    environment.stall(LONGEST_DELAY);
    await reply(taken(5, 70));
    expect((await call)!.map(({ lease }) => lease.remaining)).toEqual([500, 500]);
  });

  it('is given back when less is left, and who can wait takes one after the other', async () => {
    const { call, sent, environment, told, givenBack } = listOfTwo();
    const { reply } = await sent();
    environment.stall(LONGEST_DELAY + 1);
    await reply(taken(5, 70));
    expect(await call).toBeUndefined();
    expect([await givenBack(), told]).toEqual([BOTH, []]);
  });

  it('is given back when less is left, and who tries is refused', async () => {
    const { call, sent, environment, names, certainAt, givenBack } = listOfTwo({ timeout: 0 });
    const error = rejection(call);
    const { reply } = await sent();
    environment.stall(LONGEST_DELAY + 1);
    await reply(taken(5, 70));
    expect(await error).toMatchObject({
      ...{ code: 'LOCK_BACKEND', key: 'k', reason: 'TOO_SLOW' },
      unknownUntil: certainAt + LONGEST_DELAY + 1,
    });
    expect([names(), await givenBack()]).toEqual([['refused'], BOTH]);
  });
});
