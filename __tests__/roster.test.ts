/** Who holds the locks of a locker, and how they are found. */
import type { Section } from '../src/context.js';
import type { Lease } from '../src/core/lease.js';
import type { Lines } from '../src/core/lines.js';
import type { HeldLock } from '../src/held-lock.js';
import { Roster } from '../src/roster.js';

/** A roster, and locks of it; `occupied` are those that have a line. */
function world() {
  const occupied = new Map<string, object>();
  const asked: unknown[] = [];
  const lines = {
    occupy: (key: string, lease: Lease, section: object) => {
      asked.push([key, lease]);
      if (!occupied.has(key)) return false;
      occupied.set(key, section);
      return true;
    },
    occupant: (key: string) => occupied.get(key),
  };
  const roster = new Roster(lines as unknown as Lines);
  const lockOf = (lockKey: string, outer?: Section, owner: object = roster): HeldLock & { active: boolean } =>
    ({ lockKey, outer, owner, active: true }) as unknown as HeldLock & { active: boolean };
  const lease = {} as unknown as Lease;
  return { roster, lockOf, occupied, asked, lease };
}

it('counts the locks that are held, in the order in which they came', () => {
  const { roster, lockOf } = world();
  expect([roster.size, roster.all()]).toEqual([0, []]);
  const [a, b] = [lockOf('a'), lockOf('b')];
  const place = roster.add(a);
  roster.add(b);
  const all = roster.all();
  expect([roster.size, all]).toEqual([2, [a, b]]);
  roster.remove(place);
  roster.remove(place);
  expect([roster.size, roster.all(), all]).toEqual([1, [b], [a, b]]);
});

describe('who has a lock', () => {
  it('is who has it by its line', () => {
    const { roster, lockOf, occupied, asked, lease } = world();
    occupied.set('a', {});
    const [a, other] = [lockOf('a'), lockOf('a')];
    roster.seat(a, lease);
    expect(roster.holderOf('a')).toBe(a);
    expect(asked).toEqual([['a', lease]]);
    occupied.set('a', other);
    expect(roster.holderOf('a')).toBe(other);
    occupied.delete('a');
    expect(roster.holderOf('a')).toBeUndefined();
  });

  it('is who has it beside the lines', () => {
    const { roster, lockOf, lease } = world();
    const a = lockOf('a');
    const place = roster.add(a);
    expect(roster.holderOf('a')).toBeUndefined();
    roster.seat(a, lease);
    expect(roster.holderOf('a')).toBe(a);
    expect(roster.holderOf('b')).toBeUndefined();
    roster.remove(place);
    expect(roster.holderOf('a')).toBeUndefined();
  });

  it('is nobody who has lost it', () => {
    const { roster, lockOf, lease } = world();
    const a = lockOf('a');
    roster.seat(a, lease);
    a.active = false;
    expect(roster.holderOf('a')).toBeUndefined();
  });

  it('is the one who has it now, also when the one before leaves later', () => {
    const { roster, lockOf, lease } = world();
    const [before, now] = [lockOf('a'), lockOf('a')];
    const place = roster.add(before);
    roster.seat(before, lease);
    roster.seat(now, lease);
    roster.remove(place);
    expect(roster.holderOf('a')).toBe(now);
  });
});

describe('the innermost section that has a lock', () => {
  it('is looked for from the inside to the outside', () => {
    const { roster, lockOf } = world();
    const outer = lockOf('a');
    const inner = lockOf('a', outer);
    const innermost = lockOf('b', inner);
    expect(roster.nearest(innermost, 'a')).toBe(inner);
    expect(roster.nearest(innermost, 'b')).toBe(innermost);
    expect(roster.nearest(inner, 'b')).toBeUndefined();
    expect(roster.nearest(undefined, 'a')).toBeUndefined();
  });

  it('is none that has lost it, and none of another locker', () => {
    const { roster, lockOf } = world();
    const outer = lockOf('a');
    const ended = lockOf('a', outer);
    ended.active = false;
    expect(roster.nearest(ended, 'a')).toBe(outer);
    expect(roster.nearest(lockOf('a', outer, {}), 'a')).toBe(outer);
    expect(roster.nearest(lockOf('a', undefined, {}), 'a')).toBeUndefined();
  });
});
