/** A call for several locks whose wait ends while its one attempt is under way. */
import { getEventListeners } from 'node:events';

import { LockTimeoutError } from '../../src/errors.js';
import { rejection } from '../support/deferred.js';
import { BOTH, inTheWay, listOfTwo, SECOND, taken } from '../support/list-of-two.js';
import { settle } from '../support/virtual-environment.js';

const NO_REPLY = { code: 'LOCK_BACKEND', key: 'k', reason: 'NO_REPLY', ownership: 'unknown' };

/** A call whose command is under way, and what it is refused with. */
async function underWay(change: Parameters<typeof listOfTwo>[0] = {}) {
  const abort = new AbortController();
  const world = listOfTwo({ signal: abort.signal, ...change });
  const refused = rejection(world.call);
  return { ...world, abort, refused, command: await world.sent() };
}

describe('at once', () => {
  it.each([0, 5_000])('by its signal, it is refused with the reason (timeout %i)', async (timeout) => {
    const { abort, refused, names, environment } = await underWay({ timeout });
    abort.abort('gone');
    expect(await refused).toBe('gone');
    expect(names()).toEqual(['refused']);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(environment.pending).toEqual([250]);
  });

  it('by the closing of its locker, it is refused', async () => {
    const { engine, refused } = await underWay();
    engine.closing.begin();
    expect(await refused).toMatchObject({ code: 'LOCK_CLOSED', key: 'k' });
  });

  it('by its timeout, it is refused, and told until when it may have the locks', async () => {
    const { environment, refused, names, certainAt } = await underWay({ timeout: 100 });
    await environment.pass(99);
    expect(names()).toEqual([]);
    await environment.pass(1);
    expect(await refused).toMatchObject({ ...NO_REPLY, waited: 100, unknownUntil: certainAt + 100 });
    expect(names()).toEqual(['refused']);
  });
});

describe('what its command has taken', () => {
  it.each([
    ['says that they are taken', taken(5, 70)],
    ['says what nobody understands', 'OK'],
  ])('is given back when the reply %s, and not before', async (_, reply) => {
    const { abort, refused, command, names, givenBack } = await underWay();
    abort.abort('gone');
    await refused;
    expect(await givenBack()).toEqual([]);
    await command.reply(reply);
    expect(await givenBack()).toEqual(BOTH);
    expect(names()).toEqual(['refused']);
  });

  it('is given back when there is no reply', async () => {
    const { abort, refused, environment, givenBack } = await underWay();
    abort.abort('gone');
    await refused;
    await environment.pass(249);
    expect(await givenBack()).toEqual([]);
    await environment.pass(1);
    expect(await givenBack()).toEqual(BOTH);
  });

  it('is nothing when a lock was in the way', async () => {
    const { abort, refused, command, environment, givenBack } = await underWay();
    abort.abort('gone');
    await refused;
    await command.reply(inTheWay(0));
    expect([await givenBack(), environment.pending]).toEqual([[], []]);
  });

  it('is given back before the locker has closed', async () => {
    const { engine, refused, command, givenBack } = await underWay();
    engine.closing.begin();
    await refused;
    let closed = false;
    void engine.cleanup.finish().then(() => (closed = true));
    await command.reply(taken(5, 70));
    expect(closed).toBe(false);
    expect(await givenBack()).toEqual(BOTH);
    await settle();
    expect(closed).toBe(true);
  });
});

describe('by the clock alone, while its process stood still', () => {
  const late = { timeout: 200 };

  it('it is refused by the grant that comes then, and gives it back', async () => {
    const { environment, refused, command, names, certainAt, givenBack } = await underWay(late);
    environment.stall(200);
    await command.reply(taken(5, 70));
    expect(await refused).toMatchObject({ ...NO_REPLY, waited: 200, unknownUntil: certainAt + 200 });
    expect(await givenBack()).toEqual(BOTH);
    expect([names(), environment.pendingInForeground]).toEqual([['refused'], 0]);
  });

  it('it is not refused a moment before', async () => {
    const { environment, call, sent, names } = listOfTwo(late);
    const { reply } = await sent();
    environment.stall(199);
    await reply(taken(5, 70));
    expect(await call).toMatchObject([{ waited: 199 }, { waited: 199 }]);
    expect(names()).toEqual([]);
  });

  it('it is refused with the failure of its attempt, once, and takes back what it may have', async () => {
    const { environment, refused, command, names, certainAt, givenBack } = await underWay(late);
    environment.stall(200);
    await command.fail(new Error('Socket closed'));
    expect(await refused).toMatchObject({
      ...{ code: 'LOCK_BACKEND', reason: 'CONNECTION', waited: 200 },
      unknownUntil: certainAt + 200,
    });
    expect([names(), await givenBack()]).toEqual([['failure', 'refused'], BOTH]);
  });

  it('it is refused with a failure after which nothing can have been taken', async () => {
    const { environment, refused, command, names, givenBack } = await underWay(late);
    environment.stall(200);
    await command.fail(new Error('LOADING dataset'));
    expect(await refused).toMatchObject({ code: 'LOCK_BACKEND', reason: 'LOADING', unknownUntil: undefined });
    expect([names(), await givenBack()]).toEqual([['failure', 'refused'], []]);
  });

  it('it is told of the lock that was in the way, since it is known by then', async () => {
    const { environment, refused, command, told, givenBack } = await underWay(late);
    environment.stall(200);
    await command.reply(inTheWay(1));
    const error = await refused;
    expect(error).toBeInstanceOf(LockTimeoutError);
    expect(error).toMatchObject({ key: 'l', holder: 'other/2 there', heldFor: 40, waited: 200 });
    expect(told).toEqual([['refused', { ...SECOND, waited: 200, error }]]);
    expect([await givenBack(), environment.pending]).toEqual([[], []]);
  });
});

describe('by a listener that hears of the failure of its attempt', () => {
  it.each([0, 5_000])('it is refused once, with the reason (timeout %i)', async (timeout) => {
    const { engine, abort, refused, command, names, givenBack } = await underWay({ timeout });
    engine.events.on('failure', () => abort.abort('gone'));
    await command.fail(new Error('Socket closed'));
    expect(await refused).toBe('gone');
    expect(names()).toEqual(['failure', 'refused']);
    expect(await givenBack()).toEqual(BOTH);
  });
});
