/** How a call from inside a section gets its lock, and when it is refused because waiting would never end. */
import type { Section, Wait } from '../src/context.js';
import { grantInside } from '../src/grant-inside.js';
import type { HeldLock } from '../src/held-lock.js';
import { toRedisKeys } from '../src/keys.js';
import type { Roster } from '../src/roster.js';
import { rejection } from './support/deferred.js';
import { request } from './support/engine.js';
import { section as sectionWithNesting } from './support/nested.js';
import { busy, GRANTED } from './support/scripted-adapter.js';
import { settle } from './support/virtual-environment.js';

type Made = Omit<Section, 'active'> & { active: boolean; inner: Section | undefined };

/** A section that has the lock `k`, a call from inside it for `key`, and sections that have others. */
async function world() {
  const made = await sectionWithNesting();
  const { engine, lines, nesting } = made;
  const sectionOf = (key: string, outer?: Section): Made =>
    ({
      site: { key, name: `has ${key}` },
      outer,
      active: true,
      waits: new Set<Wait>(),
      inner: undefined,
    }) as Made;
  const holders = new Map<string, Section>();
  const around = Object.assign(sectionOf('k'), { nesting });
  let within = true;
  const asked: unknown[] = [];
  const roster = {
    nearest: (caller: unknown, lockKey: string) => {
      asked.push(caller);
      return within && lockKey === 'lock:k' ? (around as unknown as HeldLock) : undefined;
    },
    holderOf: (lockKey: string) => holders.get(lockKey),
  } as unknown as Roster;
  const call = (
    key: string,
    {
      timeout = 5_000,
      reentrant = true,
      caller = around,
    }: { timeout?: number; reentrant?: boolean; caller?: Section } = {},
  ) =>
    grantInside(
      { engine, lines, roster },
      caller,
      request({ timeout, site: { key, name: `wants ${key}` }, keys: toRedisKeys('lock:', key) }),
      reentrant,
    );
  const outside = (): void => void (within = false);
  /** What `section` waits for: who has it. */
  const waitsFor = (section: Section, key: string): void => {
    section.waits.add({ site: { key, name: `wants ${key}` }, blocker: () => holders.get(`lock:${key}`) });
  };
  return { ...made, around, call, asked, holders, sectionOf, outside, waitsFor };
}

const NO_REENTRY = { code: 'LOCK_REENTRY', reason: 'own-lock', retryable: false, key: 'k' };

it('goes in with the lock of the section around it', async () => {
  const { call, outer, around, asked, adapter } = await world();
  const grant = await call('k');
  expect(grant.lease).toBe(outer.lease);
  expect(asked).toEqual([around]);
  expect(adapter.count).toBe(1);
});

it('gets another lock as any other call does', async () => {
  const { call, adapter, outer } = await world();
  const grant = call('other');
  await (await adapter.next('mutex-acquire')).reply(GRANTED);
  expect((await grant).lease).not.toBe(outer.lease);
});

it.each([0, 5_000])('is refused when it wants no reentry, and told so once (timeout %i)', async (timeout) => {
  const { call, heard, around, adapter } = await world();
  const error = await rejection(call('k', { reentrant: false, timeout }));
  expect(error).toMatchObject(NO_REENTRY);
  expect((error as Error).message).toContain('wants k');
  expect(heard('refused')).toEqual([{ key: 'k', name: 'wants k', waited: 0, error }]);
  expect([around.waits.size, adapter.count]).toEqual([0, 1]);
});

it('gets another lock, also when it wants no reentry', async () => {
  const { call, adapter } = await world();
  const grant = call('other', { reentrant: false });
  await (await adapter.next('mutex-acquire')).reply(GRANTED);
  await grant;
});

describe('a wait', () => {
  it('is noted while it lasts, with who is in its way, in all sections around it', async () => {
    const { call, adapter, sectionOf, around, holders } = await world();
    const caller = sectionOf('c', around);
    const grant = call('other', { caller });
    const [wait] = caller.waits;
    expect([...around.waits]).toEqual([wait]);
    expect(wait!.site).toEqual({ key: 'other', name: 'wants other' });
    expect(wait!.blocker()).toBeUndefined();
    const holder = sectionOf('other');
    holders.set('lock:other', holder);
    expect(wait!.blocker()).toBe(holder);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await grant;
    expect([caller.waits.size, around.waits.size]).toEqual([0, 0]);
  });

  it('is forgotten when it is refused', async () => {
    const { call, environment, around, adapter } = await world();
    const refused = rejection(call('other', { timeout: 100 }));
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect(around.waits.size).toBe(1);
    await environment.pass(100);
    await refused;
    expect(around.waits.size).toBe(0);
  });

  it('is none where the call tries once', async () => {
    const { call, adapter, around } = await world();
    const grant = call('other', { timeout: 0 });
    expect(around.waits.size).toBe(0);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await grant;
  });

  it('to go in is for who is inside; for who has the lock when the section around it has ended', async () => {
    const { call, around, sectionOf, holders, answered } = await world();
    await call('k');
    const [inner, holder] = [sectionOf('inner'), sectionOf('holder')];
    around.inner = inner;
    holders.set('lock:k', holder);
    void call('k').then(() => answered.push('second in'));
    const [wait] = around.waits;
    expect(wait!.blocker()).toBe(inner);
    around.active = false;
    expect(wait!.blocker()).toBe(holder);
    await settle();
    expect(answered).toEqual([]);
  });
});

describe('a call that would wait for itself', () => {
  it('through others is refused, telling who waits for what, from its own side', async () => {
    const { call, around, sectionOf, holders, waitsFor, heard, adapter } = await world();
    const [a, b] = [sectionOf('a'), sectionOf('b')];
    holders.set('lock:a', a);
    holders.set('lock:b', b);
    holders.set('lock:k', around);
    waitsFor(a, 'b');
    waitsFor(b, 'k');
    const caller = sectionOf('c', around);
    const error = await rejection(call('a', { caller }));
    expect(error).toMatchObject({ code: 'LOCK_REENTRY', reason: 'deadlock', retryable: true, key: 'a' });
    expect((error as Error).message).toMatch(
      /deadlock: .*has k.* holds .*k.* and waits for .*a.* in .*wants a.*; .*has a.* holds .*a.* and waits for .*b.* in .*wants b.*; .*has b.* holds .*b.* and waits for .*k.* in .*wants k/,
    );
    expect(heard('refused')).toEqual([{ key: 'a', name: 'wants a', waited: 0, error }]);
    expect([caller.waits.size, adapter.count]).toEqual([0, 1]);
  });

  it('through one other is refused in the same way', async () => {
    const { call, around, sectionOf, holders, waitsFor } = await world();
    const a = sectionOf('a');
    holders.set('lock:a', a);
    holders.set('lock:k', around);
    waitsFor(a, 'k');
    const error = await rejection(call('a', { caller: sectionOf('c', around) }));
    expect((error as Error).message).toMatch(/deadlock: .*has k.* waits for .*a.*; .*has a.* waits for .*k/);
  });

  it('directly, because what works inside it wants what only it can leave, is refused', async () => {
    const { call, around, outside, holders } = await world();
    outside();
    holders.set('lock:k', around);
    const error = await rejection(call('k'));
    expect(error).toMatchObject({ reason: 'deadlock' });
    expect((error as Error).message).toMatch(/deadlock: .*has k.* holds .*k.* and waits for .*k/);
  });

  it('is not refused when it tries once: who does not wait keeps nobody waiting', async () => {
    const { call, around, outside, holders, adapter } = await world();
    outside();
    holders.set('lock:other', around);
    const grant = call('other', { timeout: 0 });
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await grant;
  });
});
