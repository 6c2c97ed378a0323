import { mutex } from '../../src/kinds/mutex.js';

describe('the reply of mutex-acquire-all', () => {
  const tenure = {
    keys: { lock: 'l', fence: 'f', queue: 'q', waiters: 'w' },
    token: 't',
    ttl: 1,
    who: '',
    sections: 1,
  };
  const { read } = mutex.acquireAll([tenure, tenure]);

  it.each<[unknown, unknown]>([
    [[1, 9, 5, 6], { granted: true, fences: [5, 6] }],
    [
      [0, 1, 50, '3 who', 9_000],
      { granted: false, index: 1, ttlLeft: 50, holder: 'who', heldFor: 6, at: 9_000 },
    ],
  ])('%j is read', (reply, found) => expect(read(reply)).toEqual(found));

  it.each([
    [null],
    ['OK'],
    [[]],
    [[1]],
    [[1, 9, 5]],
    [[1, 9, 5, 6, 7]],
    [[1, 9, 5, 0]],
    [[1, 9, 5, '6']],
    [[1, -1, 5, 6]],
    [[0, 2, 50, 'who', 9]],
    [[0, -1, 50, 'who', 9]],
    [[0, 1, 50, 'who']],
    [[0, 1, 'x', 'who', 9]],
    [[2, 1, 5, 6]],
  ])('%j is never taken for a grant', (reply) => {
    expect(() => read(reply)).toThrow('the reply of the script mutex-acquire-all is not');
  });
});
