/** What one call for a lock is told, and what is told of it. */
import { getEventListeners } from 'node:events';

import { Lease } from '../../src/core/lease.js';
import type { Obstacle } from '../../src/core/obstacle.js';
import type { AcquireRequest, Grant } from '../../src/core/request.js';
import { refuseAtOnce, Waiter } from '../../src/core/waiter.js';
import { LockQueueFullError } from '../../src/errors.js';
import { rejection } from '../support/deferred.js';
import { request, scriptedEngine, TTL } from '../support/engine.js';
import { settle } from '../support/virtual-environment.js';

const SITE = { key: 'k', name: 'Test.run' };
const HOLDER: Obstacle = { is: 'holder', who: 'other/2 there', since: 400 };
const PASSING: Obstacle = { is: 'backend', reason: 'LOADING', message: 'LOADING it is', retryable: true };

function wait(change: Partial<AcquireRequest> = {}) {
  const world = scriptedEngine();
  const waiter = new Waiter(world.engine, request(change));
  /** Called when it has to leave. */
  const onEnd = jest.fn();
  waiter.onEnd = onEnd;
  return { ...world, waiter, onEnd, refused: waiter.granted.catch((error: unknown) => error) };
}

function grantIn({ environment }: ReturnType<typeof wait>): Omit<Grant, 'waited'> {
  const { mono, wall } = environment;
  return {
    lease: new Lease(environment.clock, { mono, wall }, TTL),
    fencingToken: 7,
    extend: () => Promise.resolve('extended'),
    release: () => Promise.resolve('released'),
    detach: () => 'token',
    contain: () => undefined,
  };
}

it('is known by its process and its lock site', () => {
  expect(wait({ site: { key: 'k', name: 'Lodge.add' } }).waiter.who).toBe('host/1 Lodge.add');
});

it('has waited since its call began', () => {
  const { waiter, environment } = wait();
  expect(waiter.waited).toBe(0);
  environment.stall(30);
  expect(waiter.waited).toBe(30);
  expect(wait({ since: environment.mono - 100 }).waiter.waited).toBe(70);
});

describe('the news that somebody else has the lock', () => {
  it('is told once, with whoever it was then', () => {
    const { waiter, told } = wait();
    waiter.tell('other/2 there');
    waiter.tell('third/3 elsewhere');
    expect(told).toEqual([['waiting', { ...SITE, holder: 'other/2 there' }]]);
  });

  it('is told once also where nobody knows who it is', () => {
    const { waiter, told } = wait();
    waiter.tell(undefined);
    waiter.tell('other/2 there');
    expect(told).toEqual([['waiting', { ...SITE, holder: undefined }]]);
  });

  it('is told once when whoever hears of it looks again', () => {
    const { waiter, told, engine } = wait();
    engine.events.on('waiting', () => waiter.tell('third/3 elsewhere'));
    waiter.tell('other/2 there');
    expect(told).toEqual([['waiting', { ...SITE, holder: 'other/2 there' }]]);
  });
});

describe('a grant', () => {
  it('is the caller’s as it is, with how long it has waited', async () => {
    const made = wait();
    const { waiter, environment, told } = made;
    const grant = grantIn(made);
    environment.stall(30);
    waiter.grant(grant);
    const got = await waiter.granted;
    expect(got).toEqual({ ...grant, waited: 30 });
    expect(got.lease).toBe(grant.lease);
    expect(told).toEqual([]);
  });

  it('ends the wait: neither timeout, signal nor closing change anything any more', async () => {
    const abort = new AbortController();
    const made = wait({ signal: abort.signal });
    const { waiter, environment, engine, onEnd, told } = made;
    waiter.grant(grantIn(made));
    expect(environment.pending).toEqual([]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    abort.abort('gone');
    engine.closing.begin();
    await environment.pass(10_000);
    expect(onEnd).not.toHaveBeenCalled();
    expect(told).toEqual([]);
  });
});

describe('a refusal', () => {
  it('tells the caller and whoever listens the same, and for how long it has waited', async () => {
    const { waiter, environment, refused, told } = wait();
    environment.stall(30);
    waiter.refuse(PASSING, 12_345);
    const error = await refused;
    expect(error).toMatchObject({ reason: 'LOADING', waited: 30, unknownUntil: 12_345 });
    expect(told).toEqual([['refused', { ...SITE, waited: 30, error }]]);
    expect(told[0]![1]).toHaveProperty('error', error);
  });

  it('counts the time of its holder from when it is refused', async () => {
    const { waiter, environment, refused } = wait();
    environment.stall(30);
    waiter.refuse(HOLDER, undefined);
    expect(await refused).toMatchObject({ holder: 'other/2 there', heldFor: environment.mono - 400 });
  });

  it('ends the wait, and asks nobody to leave', async () => {
    const abort = new AbortController();
    const { waiter, environment, engine, onEnd, refused } = wait({ signal: abort.signal });
    engine.events.on('refused', () => abort.abort('too late'));
    waiter.refuse(PASSING, undefined);
    expect(await refused).toMatchObject({ reason: 'LOADING' });
    expect([environment.pending, getEventListeners(abort.signal, 'abort')]).toEqual([[], []]);
    await environment.pass(10_000);
    expect(onEnd).not.toHaveBeenCalled();
  });

  it.each([PASSING, undefined])(
    'of one whose time is over by the clock alone is one refusal: %#',
    async (obstacle) => {
      const { waiter, environment, onEnd, refused, told } = wait({ timeout: 100 });
      environment.stall(100);
      waiter.refuse(obstacle, undefined);
      expect(await refused).toMatchObject({ code: 'LOCK_BACKEND', waited: 100 });
      expect(told.map(([name]) => name)).toEqual(['refused']);
      expect(onEnd).not.toHaveBeenCalled();
    },
  );

  it('gives the reason for which the wait has ended', async () => {
    const { waiter, engine, refused, onEnd } = wait();
    engine.closing.begin();
    expect(onEnd).toHaveBeenCalledTimes(1);
    waiter.refuse(HOLDER, undefined);
    expect(await refused).toMatchObject({ code: 'LOCK_CLOSED' });
  });
});

describe('one that does not wait', () => {
  it('is busy when somebody else has the lock, and that is all that is told', async () => {
    const { waiter, refused, told } = wait({ timeout: 0 });
    waiter.refuse(HOLDER, undefined);
    expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(told).toEqual([['busy', { ...SITE, holder: 'other/2 there' }]]);
  });

  it('is refused when it is not for a holder', async () => {
    const { waiter, refused, told } = wait({ timeout: 0 });
    waiter.refuse(PASSING, undefined);
    const error = await refused;
    expect(told).toEqual([['refused', { ...SITE, waited: 0, error }]]);
  });
});

it('is refused, and not busy, when it has waited for a holder', async () => {
  const { waiter, environment, refused, told } = wait({ timeout: 100 });
  environment.stall(100);
  waiter.refuse(HOLDER, undefined);
  const error = await refused;
  expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
  expect(told).toEqual([['refused', { ...SITE, waited: 100, error }]]);
});

it('is refused with an error that is given', async () => {
  const { waiter, environment, refused, told } = wait();
  const error = new LockQueueFullError('k', 3);
  waiter.refuseWith(error);
  expect(await refused).toBe(error);
  expect(told).toEqual([['refused', { ...SITE, waited: 0, error }]]);
  expect(environment.pending).toEqual([]);
});

it('is asked to leave when its time is over, until it is forsaken', async () => {
  const [asked, forsaken] = [wait({ timeout: 100 }), wait({ timeout: 100 })];
  forsaken.waiter.forsake();
  await asked.environment.pass(100);
  await forsaken.environment.pass(100);
  expect(asked.onEnd).toHaveBeenCalledTimes(1);
  expect(forsaken.onEnd).not.toHaveBeenCalled();
  expect(forsaken.waiter.patience.end).toEqual({ why: 'timeout' });
});

it('refuses at once a call for which nothing is to be done', async () => {
  const { engine, environment, told, adapter } = scriptedEngine();
  environment.stall(30);
  const since = environment.mono - 30;
  const refused = refuseAtOnce(engine, request({ timeout: 0, since }), PASSING, 12_345);
  expect(told).toHaveLength(1);
  const error = await rejection(refused);
  expect(error).toMatchObject({ reason: 'LOADING', waited: 30, unknownUntil: 12_345 });
  expect(told).toEqual([['refused', { ...SITE, waited: 30, error }]]);
  await settle();
  expect([adapter.count, environment.pending]).toEqual([0, []]);
});
