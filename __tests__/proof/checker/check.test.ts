import { check } from '../../../proof/checker/check.js';
import { type Event, parse } from '../../../proof/checker/history.js';
import { timeline } from '../../../proof/checker/timeline.js';
import * as h from './histories.js';

const A = h.call('a', 1, 1, 10, 20);
const B = h.call('b', 1, 2, 30, 40);
/** What the server knew of A and B. */
const ofA = [h.own('A', 9, 100), h.fence('A', 9, 1), h.disown(21, 'A')];
const ofB = [h.own('B', 29, 100), h.fence('B', 29, 2), h.disown(41, 'B')];
/** A's lock was taken away at 15, and B came at 30. */
const robbed = [
  ...[h.own('A', 9, 60), h.fence('A', 9, 1), h.disown(15, 'operator')],
  ...[h.own('B', 29, 100), h.fence('B', 29, 2)],
];

/** Given to A at 2,000. */
const wellGiven = [h.own('A', 2_000, 9_000), h.fence('A', 2_000, 1)];
/** A has the lock until 20, B waits, and then C. */
const twoWait = [h.own('A', 9, 100), h.fence('A', 9, 1), h.waits('B', 12), h.waits('C', 14)];
/** B is passed it. */
const bServed = [h.own('B', 20, 400, 'A'), h.fence('B', 20, 2), h.leaves('B', 20)];
const cServed = (by: string): Event[] => [h.own('C', 20, 400, by), h.fence('C', 20, 2), h.leaves('C', 20)];
const pair = ['k', 'other'];
const given = [h.own('A', 9, 100), h.fence('A', 9, 1), ...A.slice(0, 3)];
const killedLate = [h.happened('a', 30, 'stopped'), h.happened('a', 900, 'killed')];

const good: [string, Event[]][] = [
  ['nothing', []],
  [
    'a lock that may be given after another one, whose end is as uncertain',
    [
      h.own('A', 9, 400),
      h.fence('A', 9, 1),
      { ...h.own('B', 380, 800), surely: 770 } as Event,
      h.fence('B', 380, 2),
    ],
  ],
  [
    'a lock that may have been over when another one was given',
    [
      { ...h.own('A', 9, 900), surely: 60 } as Event,
      ...[h.fence('A', 9, 1), h.own('B', 100, 200), h.fence('B', 100, 2)],
    ],
  ],
  ['one call', A],
  ['one begins when the other ends', [...A, ...h.call('b', 1, 2, 20, 30)]],
  ['two keys at once', [...A, ...h.call('b', 1, 1, 10, 20, { key: 'other' })]],
  ['a killed holder', [...h.begun(A), h.happened('a', 15, 'killed'), ...B]],
  [
    'an aborted holder that goes on',
    [...h.call('a', 1, 1, 10, 90, { outcome: 'LOCK_LOST' }), h.abort('a', 20), ...B],
  ],
  ['a holder that is late, its lease over', [...h.call('a', 1, 1, 10, 90, { until: 25 }), ...B]],
  ['an extended lease', [...h.call('a', 1, 1, 10, 28, { until: 15 }), h.look('a', 14, 30), ...B]],
  [
    'told as soon as its lease was over',
    [...h.call('a', 1, 1, 10, 190, { until: 25, outcome: 'LOCK_LOST' }), h.look('a', 27), h.abort('a', 28)],
  ],
  [
    'told late, having stood still',
    [
      ...[...h.call('a', 1, 1, 10, 900, { until: 25, outcome: 'LOCK_LOST' }), h.look('a', 27)],
      ...[h.happened('a', 30, 'stopped'), h.happened('a', 800, 'resumed'), h.abort('a', 801)],
    ],
  ],
  ['claims in their truth', [...ofA, ...A, ...ofB, ...B]],
  ['a claim in extended truth', [h.own('A', 9, 12), h.fence('A', 9, 1), h.own('A', 11, 30), ...A]],
  ['two at once, the lock of one taken away', [...robbed, ...h.call('a', 1, 1, 10, 50), ...B]],
  ['who was robbed comes in later', [...robbed, ...h.call('a', 1, 1, 35, 50, { until: 55 }), ...B]],
  [
    'the witness of one who was killed',
    [...h.begun(A), h.happened('a', 15, 'killed'), ...B, h.clash('b', 30, 'a#1')],
  ],
  ['a stale write, refused', [...A, ...B, h.wrote(35, 2, true), h.wrote(36, 1, false)]],
  ['settled at its timeout + 250 ms', [h.asked(0, 200), h.done(450, 'LOCK_TIMEOUT')]],
  [
    'at work for long in a lock that its token gets back before its lease is over',
    [
      ...[h.own('A', 9, 400), h.fence('A', 9, 1), h.disown(20, 'operator'), h.own('A', 300, 700)],
      ...[
        h.fence('A', 300, 2),
        h.own('A', 600, 1_000),
        ...h.call('a', 1, 1, 10, 900, { until: 390 }),
        h.look('a', 310, 690),
      ],
      h.look('a', 610, 990),
    ],
  ],
  [
    'at work for long in a lock that the same token had got back',
    [
      ...[h.own('A', 1, 30), h.fence('A', 1, 1), h.disown(5, 'operator')],
      ...[h.own('A', 9, 400), h.fence('A', 9, 2, 1), ...h.call('a', 1, 2, 10, 300, { until: 390 })],
    ],
  ],
  [
    'entered with nothing left, having stood still',
    [
      ...[...ofA, ...ofB, ...B, ...h.call('a', 1, 1, 500, 501, { until: 500 })],
      ...[h.happened('a', 100, 'stopped'), h.happened('a', 501, 'resumed')],
    ],
  ],
  [
    'well again',
    [...A, h.healed(500), ...h.call('b', 1, 2, 2_000, 2_001), h.ended(3_000, 0), h.left(3_001, '{k}:fence')],
  ],
  [
    'well again, for one that tries once and one that gives up, too',
    [
      ...[...A, h.healed(500), ...h.call('b', 1, 2, 2_000, 2_001)],
      ...[h.asked(2_000, 0, 2), h.done(2_001, 'LOCK_TIMEOUT', 2)],
      ...[h.asked(2_000, 9, 3), h.done(2_005, 'gave up', 3)],
    ],
  ],
  [
    'the error of a body that had lost its lock',
    [...A.slice(0, 2), h.abort('a', 15), h.threw('a', 16), h.done(17, 'heard')],
  ],
  [
    'one that stood still on its way in, and found another one at work when its lease was over',
    [
      ...[...h.call('b', 1, 2, 30, 40), ...h.call('a', 1, 1, 35, 50, { until: 35, outcome: 'LOCK_LOST' })],
      ...[
        h.happened('a', 20, 'stopped'),
        h.happened('a', 36, 'resumed'),
        h.abort('a', 36),
        h.clash('a', 37, 'b#1'),
      ],
    ],
  ],
  ['extended by less than is left', [...h.call('a', 1, 1, 10, 200, { until: 400 }), h.look('a', 60, 390)]],
  [
    'entered soon when all was well',
    [h.healed(0), ...wellGiven, ...h.call('a', 1, 1, 2_290, 2_300, { until: 8_900 })],
  ],
  [
    'in the order of asking',
    [...twoWait, ...bServed, h.waits('B', 25), h.own('C', 30, 400, 'B'), h.fence('C', 30, 3)],
  ],
  [
    'before one that does not listen',
    [...twoWait, h.ownBehind(['B', 'C'], 'C', 20, 400, 'A'), h.fence('C', 20, 2), h.leaves('C', 20)],
  ],
  [
    'before one whose place is over',
    [
      ...twoWait.slice(0, 3),
      h.waits('C', 3_000),
      h.disown(3_100, 'A'),
      h.own('C', 3_100, 4_000),
      h.fence('C', 3_100, 2),
    ],
  ],
  ['in any order, when an operator has changed who waits', [...twoWait, h.meddled(15), ...cServed('A')]],
  [
    'two locks at once, and one that is passed on in between',
    [
      h.ownOf(pair, 'k', 'A', 9),
      h.fence('A', 9, 1),
      h.ownOf(pair, 'other', 'A', 9),
      h.fence('A', 9, 1, 0, 'other'),
    ],
  ],
  ['two locks, of which one was refused', [h.ownOf(pair, 'k', 'A', 9), h.fence('A', 9, 1), h.disown(9, 'A')]],
  ['given back, and said so', [...given, h.disown(21, 'A'), h.gave(22, 'released'), A[3]!]],
  [
    'handed to another caller of the process, and said so',
    [...given, h.asked(15, 900, 2), h.gave(22, 'released'), h.done(23, 'ok')],
  ],
  [
    'lost, and said so',
    [...given.slice(0, 2), h.disown(15, 'operator'), ...A.slice(0, 3), h.gave(22, 'lost'), A[3]!],
  ],
  ['told of what is wrong with its own key', [h.spoilt(5), h.failed(9, 'WRONGTYPE')]],
  ['as much left as it wants', h.wanting(h.call('a', 1, 1, 10, 20, { until: 400 }), 400)],
  [
    'told of what is wrong with another key of the same call',
    [
      h.spoilt(5, 'other'),
      { ...h.asked(6, 1_000), keys: ['k', 'other'] } as Event,
      ...[h.failed(9, 'WRONGTYPE'), h.done(10, 'LOCK_BACKEND')],
    ],
  ],
  [
    'less left than who takes it by hand wants, right behind the work of another one',
    [...h.wanting(h.call('a', 1, 1, 300, 301, { until: 400 }), 200, true), h.busy('a', 100, 299.9)],
  ],
  [
    'less left than it wants, having stood still',
    [
      ...h.wanting(h.call('a', 1, 1, 300, 301, { until: 400 }), 200),
      h.happened('a', 150, 'stopped'),
      h.happened('a', 300, 'resumed'),
    ],
  ],
  [
    'a lease that is shorter by its margin and a late link',
    [h.own('A', 9, 10_009), h.fence('A', 9, 1), ...h.call('a', 1, 1, 10, 20, { until: 9_550 })],
  ],
  [
    'killed, and known to be dead much later',
    [...h.begun(h.call('a', 1, 1, 10, 20, { until: 50 })), ...killedLate],
  ],
];

const bad: [check: string, what: string, Event[]][] = [
  ['disjoint', 'two at once', [...h.call('a', 1, 1, 10, 35), ...B]],
  ['disjoint', 'one inside the other', [...h.call('a', 1, 1, 10, 90), ...B]],
  ['disjoint', 'two calls of one process', [...h.call('a', 1, 1, 10, 35), ...h.call('a', 2, 2, 30, 40)]],
  ['disjoint', 'killed only after the next one', [...h.begun(A), h.happened('a', 35, 'killed'), ...B]],
  ['disjoint', 'aborted too late', [...h.call('a', 1, 1, 10, 90), h.abort('a', 32), ...B]],
  [
    'disjoint',
    'longer than the lost lease excuses',
    [...robbed, ...h.call('a', 1, 1, 10, 90), ...h.call('b', 1, 2, 30, 80)],
  ],
  ['contained', 'never in the server', [...ofB, ...A]],
  ['contained', 'before the grant', [h.own('A', 16, 100), h.fence('A', 16, 1), ...A]],
  ['contained', 'after the end of the ttl', [h.own('A', 9, 14), h.fence('A', 9, 1), ...A]],
  ['contained', 'given back while at work', [h.own('A', 9, 99), h.fence('A', 9, 1), h.disown(14, 'A'), ...A]],
  [
    'witness',
    'found at work',
    [...h.call('a', 1, 1, 10, 35), ...h.call('b', 1, 2, 30, 40), h.clash('b', 30, 'a#1')],
  ],
  [
    'witness',
    'comes in while another one is at work',
    [...h.call('b', 1, 2, 30, 40), ...h.call('a', 1, 1, 35, 50), h.clash('a', 35, 'b#1')],
  ],
  ['fences', 'the same twice', [...A, ...h.call('b', 1, 1, 30, 40)]],
  ['fences', 'given out again', [h.fence('A', 9, 5, 4), h.fence('B', 29, 5, 5)]],
  ['linearizable', 'in another order', [...h.call('a', 1, 2, 10, 20), ...h.call('b', 1, 1, 30, 40)]],
  ['foreign', 'deleted by another one', [h.own('A', 9, 100), h.disown(25, 'B')]],
  ['writes', 'a stale write was taken', [...A, ...B, h.wrote(35, 2, true), h.wrote(36, 1, true)]],
  ['once', 'entered again', [...A, ...h.call('a', 1, 2, 30, 40)]],
  ['told', 'never told', [...h.call('a', 1, 1, 10, 200, { until: 25 }), h.look('a', 27)]],
  ['settled', 'late', [h.asked(0, 200), h.done(452, 'LOCK_TIMEOUT')]],
  [
    'recovered',
    'not well again',
    [...A, h.healed(500), h.asked(2_000, 9, 2), h.done(2_100, 'LOCK_BACKEND', 2)],
  ],
];

it('has 20 of each', () => expect(Math.min(good.length, bad.length)).toBeGreaterThanOrEqual(20));

it.each(good)('finds nothing wrong with: %s', (_what, events) => {
  expect(check(events).verdict).toMatchObject({ violations: [], valid: true });
});

it.each(bad)('finds, by %s: %s', (name, _what, events) => {
  expect(check(events).verdict.violations.map((found) => found.check)).toContain(name);
});

describe('and also finds', () => {
  const others: [check: string, what: string, Event[]][] = [
    ['disjoint', 'with one between them', [...h.call('a', 1, 1, 10, 90), ...B, ...h.call('c', 1, 3, 50, 60)]],
    ['told', 'a lease that is valid again', [...A, h.look('a', 12), h.look('a', 13, 50)]],
    ['told', 'a lease that is valid after the signal', [...A, h.abort('a', 12), h.look('a', 13, 50)]],
    ['foreign', 'passed on by another one', [h.own('A', 9, 100), h.own('B', 25, 100, 'C')]],
    ['once', 'entered when its call was over', [h.asked(0, 9), h.done(5, 'LOCK_TIMEOUT'), ...A.slice(1)]],
    ['once', 'entered with nothing left', h.call('a', 1, 1, 10, 20, { until: 10 })],
    ['settled', 'never', [h.asked(0, 100), ...h.call('b', 1, 1, 600, 700)]],
    ['settled', 'not back after its work', [...A.slice(0, 3), ...h.call('b', 1, 2, 600, 700)]],
    ['success', 'a loss that its caller does not hear of', [...A.slice(0, 3), h.abort('a', 15), A[3]!]],
    [
      'fences',
      'a lock that was gone and is extended',
      [h.own('A', 9, 400), h.fence('A', 9, 1), h.disown(20, 'operator'), h.own('A', 300, 700)],
    ],
    ['fences', 'a lock that was over and is extended', [...ofA.slice(0, 2), h.own('A', 103, 400)]],
    [
      'success',
      'a body’s error that its caller does not hear of',
      [...A.slice(0, 2), h.threw('a', 15), h.done(16, 'LOCK_LOST')],
    ],
    ['told', 'a lease that was made shorter', [...h.call('a', 1, 1, 10, 90), h.look('a', 12, 100)]],
    [
      'prompt',
      'found out by a look only',
      [h.healed(0), ...wellGiven, ...h.call('a', 1, 1, 2_310, 2_320, { until: 8_000 })],
    ],
    [
      'recovered',
      'kept out by what was left behind',
      [
        ...[...A, h.healed(500), ...h.call('b', 1, 2, 2_000, 2_001)],
        ...[h.asked(2_000, 3_000, 2), h.done(5_000, 'LOCK_TIMEOUT', 2)],
      ],
    ],
    ['turns', 'passed to who has waited for less long', [...twoWait, ...cServed('A')]],
    ['turns', 'taken by who has waited for less long', [...twoWait, h.disown(20, 'A'), ...cServed('C')]],
    [
      'turns',
      'taken by who has not waited',
      [...twoWait, h.disown(20, 'A'), h.own('D', 21, 400), h.fence('D', 21, 2)],
    ],
    ['turns', 'passed to who does not wait', [...twoWait.slice(0, 2), ...cServed('A')]],
    [
      'turns',
      'passed twice',
      [
        ...twoWait,
        ...bServed,
        h.own('C', 30, 400, 'B'),
        h.fence('C', 30, 3),
        h.own('B', 40, 400, 'C'),
        h.fence('B', 40, 4),
      ],
    ],
    ['turns', 'passed to who has left', [...twoWait, h.leaves('B', 15), ...bServed]],
    [
      'turns',
      'passed to who has asked long ago, when an operator brings that back',
      [
        ...twoWait.slice(0, 3),
        h.own('A', 90, 5_000),
        h.meddled(4_900),
        h.own('B', 4_910, 5_300, 'A'),
        h.fence('B', 4_910, 2),
      ],
    ],
    ['whole', 'one of two', [h.ownOf(pair, 'k', 'A', 9), h.fence('A', 9, 1), ...B]],
    [
      'said',
      'that it was given back, which the server does not know',
      [...given, h.gave(22, 'released'), A[3]!],
    ],
    [
      'said',
      'that it was given back, when it was lost',
      [...given.slice(0, 2), h.disown(15, 'operator'), ...A.slice(0, 3), h.gave(22, 'released'), A[3]!],
    ],
    ['own', 'what is wrong with another key', [h.spoilt(5, 'other'), h.failed(9, 'BADFENCE')]],
    ['once', 'entered with less than it wants', h.wanting(h.call('a', 1, 1, 10, 20, { until: 400 }), 450)],
    ['own', 'what was wrong with it long ago', [h.spoilt(5), h.failed(2_100, 'WRONGTYPE')]],
    [
      'own',
      'what is wrong with another key of a call that is over',
      [
        ...[h.spoilt(5, 'other'), { ...h.asked(6, 1_000), keys: ['k', 'other'] } as Event],
        ...[h.done(10, 'LOCK_BACKEND'), h.failed(12, 'WRONGTYPE')],
      ],
    ],
    [
      'once',
      'entered with less than it wants, long after another one has kept its program busy',
      [...h.wanting(h.call('a', 1, 1, 300, 301, { until: 400 }), 200), h.busy('a', 100, 270)],
    ],
    [
      'once',
      'a body that begins with less than it wants, right behind the work of another one',
      [...h.wanting(h.call('a', 1, 1, 300, 301, { until: 400 }), 200), h.busy('a', 100, 299.9)],
    ],
    [
      'lasting',
      'a lease that counts from before',
      [h.own('A', 9, 10_009), h.fence('A', 9, 1), ...h.call('a', 1, 1, 10, 20, { until: 9_400 })],
    ],
    ['left', 'a process that failed', [h.ended(9, 1)]],
    ['left', 'a lock', [h.left(9, 'lock:k')]],
    ['recovered', 'nobody', [...A, h.healed(500)]],
    ['linearizable', 'granted without asking', A.slice(1)],
  ];
  it.each(others)('by %s: %s', (name, _what, events) => {
    expect(check(events).verdict.violations.map((found) => found.check)).toContain(name);
  });
});

it('counts the claims that outlived their lock, and for how long', () => {
  const { verdict } = check([...robbed, ...h.call('a', 1, 1, 10, 50), ...B]);
  expect(verdict).toMatchObject({ claims: 2, outlived: 1, longestOutlived: 35 });
});

it('leaves out the torn last line of a killed process, and no other', () => {
  const line = JSON.stringify(A[0]);
  expect(parse(`${line}\n{"at":1`, 'a')).toEqual([A[0]]);
  expect(() => parse(`{"at":1\n${line}\n`, 'a.jsonl')).toThrow('a.jsonl:1 must be one JSON object');
});

it('refuses what is no event, with its place', () => {
  expect(() => parse('{"at":1,"process":"a","type":"no"}\n', 'x')).toThrow('x:1: type must be one of');
  expect(() => parse('{"at":"1","process":"a","type":"exit","call":1}\n', 'x')).toThrow(
    'x:1: at of exit must be a number',
  );
  expect(() => parse('{"at":1,"process":"a","type":"fence"}\n', 'x')).toThrow(
    'x:1: key of fence must be a string',
  );
});

it('draws a page that escapes what it shows', () => {
  const events = [
    ...h.call('<script>', 1, 1, 10, 35, { key: '"&<b>' }),
    ...h.call('b', 1, 2, 30, 40, { key: '"&<b>' }),
  ];
  const { judged, verdict } = check(events);
  const page = timeline(judged, verdict);
  expect(page).not.toMatch(/<script|<b>/);
  expect(page).toContain('Not valid');
  expect(page.match(/class="claim"/g)).toHaveLength(2);
});
