import * as fc from 'fast-check';

import { type Place, Queue } from '../../src/core/queue.js';

describe('Queue', () => {
  it('is as an array would be, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('push' as const), fc.nat(30))), (steps) => {
        const queue = new Queue<number>();
        const places: Place<number>[] = [];
        const model: number[] = [];
        steps.forEach((step, i) => {
          if (step === 'push') {
            places.push(queue.push(i));
            model.push(i);
            return;
          }
          const place = places[step];
          if (place === undefined) return;
          queue.remove(place);
          const at = model.indexOf(place.value);
          if (at >= 0) model.splice(at, 1);
        });
        expect([...queue]).toEqual(model);
        expect(queue.size).toBe(model.length);
        expect(queue.first?.value).toBe(model[0]);
      }),
    );
  });

  it('takes nothing out twice', () => {
    const queue = new Queue<number>();
    const [first, second] = [queue.push(1), queue.push(2)];
    expect([first.taken, second.taken]).toEqual([true, true]);
    queue.remove(first);
    queue.remove(first);
    expect([first.taken, second.taken]).toEqual([false, true]);
    expect([[...queue], queue.size, queue.first]).toEqual([[2], 1, second]);
    queue.push(3);
    queue.remove(second);
    queue.remove(second);
    expect([[...queue], queue.size]).toEqual([[3], 1]);
  });

  it('keeps nothing alive by what was taken out', () => {
    const queue = new Queue<number>();
    const [first, second, third] = [queue.push(1), queue.push(2), queue.push(3)];
    queue.remove(second);
    queue.remove(first);
    expect([first, second].map(({ previous, next }) => [previous, next])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(queue.first).toBe(third);
  });

  it('takes out of the middle of many as fast as from the front', () => {
    const time = (order: (places: Place<number>[]) => Place<number>[]): number => {
      const queue = new Queue<number>();
      const places = order(Array.from({ length: 50_000 }, (_, i) => queue.push(i)));
      const start = performance.now();
      for (const place of places) queue.remove(place);
      return performance.now() - start;
    };
    // Of several, since a busy machine makes some of them longer, and none of them shorter.
    const fastest = (order: Parameters<typeof time>[0]): number =>
      Math.min(...Array.from({ length: 5 }, () => time(order)));
    const front = fastest((places) => places);
    // A search from the front would take thousands of times as long for the last ones.
    expect(fastest((places) => places.reverse())).toBeLessThan(20 * Math.max(front, 1));
  });
});
