/** Which calls of one process would wait for each other for ever. */
import type { Section, Wait } from '../src/context.js';
import { findCircle, noteWait, outward } from '../src/deadlock.js';

let active: Set<Section>;
beforeEach(() => void (active = new Set()));

function section(key: string, outer?: Section): Section {
  const made = {
    site: { key, name: key },
    outer,
    waits: new Set<Wait>(),
    get active() {
      return active.has(made);
    },
  } as unknown as Section;
  active.add(made);
  return made;
}

const waitFor = (blocker: Section | undefined): Wait => ({
  site: { key: 'wanted', name: 'wanted' },
  blocker: () => blocker,
});

const names = (circle: ReturnType<typeof findCircle>): string[] | undefined =>
  circle?.map((step) => step.section.site.key);

it('a section and those around it, from the inside to the outside', () => {
  const a = section('a');
  const b = section('b', a);
  expect([...outward(b)]).toEqual([b, a]);
  expect([...outward(undefined)]).toEqual([]);
});

it('a wait is that of all sections around it, until it is forgotten, also behind their end', () => {
  const a = section('a');
  const b = section('b', a);
  const [wait, other] = [waitFor(undefined), waitFor(undefined)];
  noteWait(b, other);
  const forget = noteWait(b, wait);
  expect([a, b].map(({ waits }) => [...waits])).toEqual([
    [other, wait],
    [other, wait],
  ]);
  active.clear();
  (b as { outer: Section | undefined }).outer = undefined;
  forget();
  expect([a, b].map(({ waits }) => [...waits])).toEqual([[other], [other]]);
});

describe('a call that waits', () => {
  it('for nobody, for one that waits for nothing, or for one that is over, waits for no circle', () => {
    const [a, b] = [section('a'), section('b')];
    expect(findCircle(a, undefined)).toBeUndefined();
    expect(findCircle(a, b)).toBeUndefined();
    noteWait(b, waitFor(a));
    active.delete(b);
    expect(findCircle(a, b)).toBeUndefined();
  });

  it('for what is held around it waits for itself', () => {
    const a = section('a');
    expect(findCircle(section('b', a), a)).toEqual([]);
  });

  it('for who waits for it, directly or over others, waits for itself', () => {
    const [a, b, c] = [section('a'), section('b'), section('c')];
    noteWait(b, waitFor(section('free')));
    const toA = waitFor(a);
    noteWait(b, toA);
    expect(findCircle(a, b)).toEqual([{ section: b, wait: toA }]);
    noteWait(c, waitFor(b));
    expect(names(findCircle(a, c))).toEqual(['c', 'b']);
    expect(names(findCircle(section('inside', a), c))).toEqual(['c', 'b']);
  });

  it('for one whose blocker is over, or unknown by now, does not', () => {
    const [a, b] = [section('a'), section('b')];
    noteWait(b, waitFor(undefined));
    const over = section('over');
    noteWait(over, waitFor(a));
    noteWait(b, waitFor(over));
    active.delete(over);
    expect(findCircle(a, b)).toBeUndefined();
  });

  it('for a circle that it is no part of ends its search', () => {
    const [a, b, c] = [section('a'), section('b'), section('c')];
    noteWait(b, waitFor(c));
    noteWait(c, waitFor(b));
    expect(findCircle(a, b)).toBeUndefined();
  });
});
