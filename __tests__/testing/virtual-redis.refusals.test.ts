import { testWorld } from '../../src/testing/index.js';

describe('what can not go wrong is refused, naming method, rule and value:', () => {
  const { redis } = testWorld();
  it.each<[string, () => void]>([
    [`lose: what must be 'request' or 'reply', not "both"`, () => redis.lose('both' as never)],
    ['lose: times must be an integer >= 1, not 0', () => redis.lose('reply', 0)],
    [
      'lose: the key is an empty string; a key must have at least one character',
      () => redis.lose('reply', 1, ''),
    ],
    [`delay: what must be 'request' or 'reply', not 12`, () => redis.delay(12 as never, 1)],
    ['delay: ms must be an integer number of milliseconds >= 0, not -1', () => redis.delay('reply', -1)],
    ['delay: times must be an integer >= 1, not "2"', () => redis.delay('reply', 1, '2' as never)],
    [
      'delay: the key is an empty string; a key must have at least one character',
      () => redis.delay('reply', 1, 1, ''),
    ],
    ['refuse: error must begin with a code such as NOPERM, not be "oops"', () => redis.refuse('oops')],
    [
      'refuse: error must begin with a code such as NOPERM, not be "no OOM now"',
      () => redis.refuse('no OOM now'),
    ],
    ['refuse: error must begin with a code such as NOPERM, not be "OOMs"', () => redis.refuse('OOMs')],
    [
      'refuse: error must begin with a code such as NOPERM, not be an array',
      () => redis.refuse(['OOM'] as never),
    ],
    ['refuse: times must be an integer >= 1, not 1.5', () => redis.refuse('OOM', 1.5)],
    [
      'refuse: the key is an empty string; a key must have at least one character',
      () => redis.refuse('OOM', 1, ''),
    ],
    ['steal: the key is an empty string; a key must have at least one character', () => redis.steal('')],
    ['expire: the key is an empty string; a key must have at least one character', () => redis.expire('')],
    ['holder: the key is an empty string; a key must have at least one character', () => redis.holder('')],
  ])('%s', (message, call) => {
    expect(call).toThrow(new Error(message));
    expect(redis.keys()).toEqual([]);
  });
});
