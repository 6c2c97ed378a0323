import type { Event } from '../../../proof/checker/history.js';
import * as h from './histories.js';

export const A = h.call('a', 1, 1, 10, 20);
export const B = h.call('b', 1, 2, 30, 40);
/** What the server knew of A and B. */
export const ofA = [h.own('A', 9, 100), h.fence('A', 9, 1), h.disown(21, 'A')];
export const ofB = [h.own('B', 29, 100), h.fence('B', 29, 2), h.disown(41, 'B')];
/** A's lock was taken away at 15, and B came at 30. */
export const robbed = [
  ...[h.own('A', 9, 60), h.fence('A', 9, 1), h.disown(15, 'operator')],
  ...[h.own('B', 29, 100), h.fence('B', 29, 2)],
];

/** Given to A at 2,000. */
export const wellGiven = [h.own('A', 2_000, 9_000), h.fence('A', 2_000, 1)];
/** A has the lock until 20, B waits, and then C. */
export const twoWait = [h.own('A', 9, 100), h.fence('A', 9, 1), h.waits('B', 12), h.waits('C', 14)];
/** B is passed it. */
export const bServed = [h.own('B', 20, 400, 'A'), h.fence('B', 20, 2), h.leaves('B', 20)];
export const cServed = (by: string): Event[] => [
  h.own('C', 20, 400, by),
  h.fence('C', 20, 2),
  h.leaves('C', 20),
];
export const pair = ['k', 'other'];
export const given = [h.own('A', 9, 100), h.fence('A', 9, 1), ...A.slice(0, 3)];
export const killedLate = [h.happened('a', 30, 'stopped'), h.happened('a', 900, 'killed')];
