import type { Event } from '../../../proof/checker/history.js';
import * as h from './histories.js';
import {
  A,
  B,
  bServed,
  cServed,
  given,
  killedLate,
  ofA,
  ofB,
  pair,
  robbed,
  twoWait,
  wellGiven,
} from './scenes.js';

/** Histories with which nothing is wrong, and what they are of. */
export const good: [string, Event[]][] = [
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
