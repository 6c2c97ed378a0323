import { ServerLog } from '../../../proof/chaos/server-log.js';
import type { Event } from '../../../proof/checker/history.js';

const TOKEN = 't'.repeat(27);

/** What is told of a lock that is granted for 400 ms at 1,000, and extended then. */
function toldOfAnExtension(at: number): Event[] {
  const told: Event[] = [];
  const log = new ServerLog(
    (event) => told.push(event),
    () => 0,
  );
  const call = { byScript: false, words: ['EVALSHA', 'sha', '1', 'lock:k', TOKEN] as const };
  log.take({ at: 1_000, ...call });
  log.take({ at: 1_000, byScript: true, words: ['SET', 'lock:k', `${TOKEN} 1000 who`, 'NX', 'PX', '400'] });
  log.take({ at, ...call });
  log.take({ at, byScript: true, words: ['PEXPIRE', 'lock:k', '400'] });
  log.flush();
  return told;
}

it.each([
  ['while it lasts', 1_300],
  ['in its last ms, which the server counts as a whole', 1_400.6],
])('a lease is extended %s', (_, at) => {
  expect(toldOfAnExtension(at).at(-1)).toMatchObject({
    type: 'own',
    key: 'k',
    token: TOKEN,
    until: at + 400,
  });
});

it('a lease that is over is not extended', () => {
  expect(toldOfAnExtension(1_403)).toHaveLength(1);
});

it.each([
  ['before it has granted it', 1_800],
  ['behind that', 1_000],
])('a lock may last from when a server goes on that was stopped %s', (_, granted) => {
  const told: Event[] = [];
  const log = new ServerLog(
    (event) => told.push(event),
    () => 0,
  );
  log.take({ at: 1_000, byScript: false, words: ['EVALSHA', 'sha', '1', 'lock:k', TOKEN] });
  log.take({ at: granted, byScript: true, words: ['SET', 'lock:k', `${TOKEN} 1000 who`, 'PX', '400'] });
  log.take({ at: 1_800, byScript: true, words: ['ZREM', '{lock:k}:~v1:queue', TOKEN] });
  log.flush();
  const owned = { type: 'own', key: 'k', at: 1_000, until: 2_200, surely: 1_400 };
  expect(told.find(({ type }) => type === 'own')).toMatchObject(owned);
});

describe('of those who wait', () => {
  const OTHER = 'o'.repeat(27);
  const [QUEUE, FENCE] = ['{lock:k}:~v1:queue', '{lock:k}:~v1:fence'];
  let told: Event[];
  let log: ServerLog;
  beforeEach(() => {
    told = [];
    log = new ServerLog(
      (event) => told.push(event),
      () => 0,
    );
  });
  const script = (at: number, args: string[], ...lines: string[][]): void => {
    log.take({ at, byScript: false, words: ['EVALSHA', 'sha', ...args] });
    for (const words of lines) log.take({ at, byScript: true, words: words as [string, ...string[]] });
    log.flush();
  };
  const operator = (at: number, ...words: [string, ...string[]]): void => {
    log.take({ at, byScript: false, words });
  };

  it('tells who waits, who leaves, and who was told in vain before another one was given the lock', () => {
    script(5, ['1', 'lock:k', OTHER], ['ZADD', QUEUE, 'NX', '5', OTHER]);
    script(
      9,
      ['1', 'lock:k', TOKEN],
      ['PUBLISH', 'channel', `${OTHER} 400 2 9`],
      ['ZREM', QUEUE, OTHER],
      ['SET', 'lock:k', `${TOKEN} 1 who`, 'NX', 'PX', '400'],
    );
    expect(told).toMatchObject([
      { type: 'wait', at: 5, key: 'k', token: OTHER },
      { type: 'leave', at: 9, key: 'k', token: OTHER },
      { type: 'own', at: 9, key: 'k', token: TOKEN, tried: [OTHER] },
    ]);
    expect(told[2]).not.toHaveProperty('all');
  });

  it('tells which locks are taken at once by one token, and not those that travel together, or are passed on', () => {
    const keys = ['2', 'lock:k', 'lock:l'];
    const take = ['SET', 'lock:k', `${TOKEN} 1 who`, 'NX', 'PX', '400'];
    script(1, [...keys, TOKEN], take);
    script(2, [...keys, TOKEN, OTHER], take);
    script(3, [...keys, OTHER], take);
    const all = told.filter(({ type }) => type === 'own').map((event) => ({ all: undefined, ...event }).all);
    expect(all).toEqual([['k', 'l'], undefined, undefined]);
  });

  it('tells which fencing token had a lock that is taken and given back in one script', () => {
    const take = ['SET', 'lock:k', `${TOKEN} 1 who`, 'NX', 'PX', '400'];
    script(1, ['2', 'lock:k', 'lock:l', TOKEN], take, ['SET', FENCE, '7'], ['DEL', 'lock:k']);
    expect(told).toMatchObject([
      { type: 'own', token: TOKEN, all: ['k', 'l'] },
      { type: 'fence', token: TOKEN, last: 7 },
      { type: 'disown' },
    ]);
  });

  it('tells that an operator has changed who waits, or what lies there', () => {
    operator(1, 'DEL', QUEUE);
    operator(2, 'COPY', `${QUEUE}:old`, QUEUE, 'REPLACE');
    operator(3, 'SET', FENCE, 'x');
    operator(4, 'HSET', 'lock:k', 'field', 'value');
    // These change nothing.
    operator(5, 'COPY', QUEUE, `${QUEUE}:old`);
    operator(6, 'DEL', `${QUEUE}:old`);
    expect(told.map(({ at, type }) => [at, type])).toEqual([
      [1, 'meddled'],
      [2, 'meddled'],
      [3, 'spoilt'],
      [4, 'spoilt'],
    ]);
  });

  it('tells that nobody waits any more when a server has lost all', () => {
    script(5, ['1', 'lock:k', OTHER], ['ZADD', QUEUE, 'NX', '5', OTHER]);
    log.forget(9);
    expect(told.at(-1)).toEqual({ at: 9, process: 'server', type: 'meddled', key: 'k' });
  });
});
