import { inspect } from 'node:util';

import { mutex } from '../../src/kinds/mutex.js';
import { mutexAcquire, mutexAdopt, mutexExtend, mutexRelease } from '../../src/scripts/generated.js';

const TOKEN = 'SecretSecretSecretSecret123';
const keys = { lock: 'lock:key', fence: 'its fence', queue: 'its queue', waiters: 'its waiters' };
const tenure = { keys, token: TOKEN, ttl: 20_000, who: 'host/1 Class.method', sections: 11 };
const AT = 1_700_000_000_000_000;

describe('mutex', () => {
  it('says of each reply whether it is done, and what several servers say together', () => {
    const [low, high] = [
      { granted: true, fence: 7, at: AT },
      { granted: true, fence: 9, at: AT },
    ] as const;
    const busy = (ttlLeft: number | undefined) =>
      ({ granted: false, ttlLeft, holder: undefined, heldFor: undefined, at: AT }) as const;
    const taking = mutex.acquire(tenure, undefined);
    expect([low, busy(5)].map((reply) => taking.isDone(reply))).toEqual([true, false]);
    expect([taking.merge(low, high), taking.merge(high, low)]).toEqual([high, high]);
    expect(taking.merge(busy(undefined), busy(5))).toEqual(busy(5));
    expect(taking.merge(busy(5), busy(8))).toEqual(busy(5));
    expect([taking.merge(low, busy(5)), taking.merge(busy(5), low)]).toEqual([low, low]);
    expect(taking.raise!(busy(5))).toBeUndefined();
    const raise = taking.raise!(low)!;
    expect(raise.args).toEqual([tenure.token, String(7 + tenure.sections - 1)]);
    expect([[1], [0]].map((reply) => raise.read(reply))).toEqual(['raised', 'lost']);
    for (const reply of [[2], [], [1, 1], 1, { 0: 1, length: 1 }, undefined])
      expect(() => raise.read(reply)).toThrow('the reply of the script mutex-raise is not {1} or {0}');
    expect([raise.isDone('raised'), raise.isDone('lost'), raise.merge('lost', 'lost')]).toEqual([
      true,
      false,
      'lost',
    ]);
    const adopting = mutex.adopt(tenure, 'former');
    const adopted = { adopted: true, fence: 3 } as const;
    expect(adopting.merge(adopted, { adopted: true, fence: 4 })).toEqual({ adopted: true, fence: 4 });
    expect([adopting.raise!({ adopted: false }), adopting.raise!(adopted)?.script.name]).toEqual([
      undefined,
      'mutex-raise',
    ]);
    const all = mutex.acquireAll([tenure]);
    const none = { index: 0, ...busy(5) } as never;
    expect([all.isDone(none), all.merge(none, none), all.raise!(none)]).toEqual([false, none, undefined]);
    expect(mutex.release(tenure).merge('lost', 'lost')).toBe('lost');
    expect((['released', 'lost'] as const).map(mutex.release(tenure).isDone)).toEqual([true, false]);
    expect((['extended', 'lost'] as const).map(mutex.extend(tenure, 1, 7).isDone)).toEqual([true, false]);
    expect([adopted, { adopted: false } as const].map(adopting.isDone)).toEqual([true, false]);
  });

  const acquire = (channel?: string) => mutex.acquire(tenure, channel);

  it('acquires with all keys of the lock, and with token, ttl in ms, holder and number of fences as text', () => {
    const { script, keys, args } = acquire();
    expect(script).toBe(mutexAcquire);
    expect(keys).toEqual(['lock:key', 'its fence', 'its queue', 'its waiters']);
    expect(args).toEqual([TOKEN, '20000', 'host/1 Class.method', '11', '']);
  });

  it('waits in the queue with the channel on which it hears of a grant', () => {
    expect(acquire('channel').args).toEqual([TOKEN, '20000', 'host/1 Class.method', '11', 'channel']);
  });

  it('releases with the token', () => {
    const { script, keys, args } = mutex.release(tenure);
    expect(script).toBe(mutexRelease);
    expect(keys).toEqual(['lock:key', 'its fence', 'its queue', 'its waiters']);
    expect(args).toEqual([TOKEN]);
  });

  it('extends with the token, the ttl and the first fencing token of the grant', () => {
    const { script, keys, args, read } = mutex.extend(tenure, 5_000, 7);
    expect(script).toBe(mutexExtend);
    expect(keys).toEqual(['lock:key', 'its fence', 'its queue', 'its waiters']);
    expect(args).toEqual([TOKEN, '5000', '7']);
    expect([[1], [0]].map(read)).toEqual(['extended', 'lost']);
    for (const reply of [undefined, 1, [], ['1'], [2], [1, 1], 'OK']) {
      expect(() => read(reply)).toThrow('the reply of the script mutex-extend is not {1} or {0}');
    }
  });

  it('adopts with both tokens, of which neither must show', () => {
    const { script, keys, args, secrets, read } = mutex.adopt(tenure, 'former');
    expect(script).toBe(mutexAdopt);
    expect(keys).toEqual(['lock:key', 'its fence', 'its queue', 'its waiters']);
    expect(args).toEqual(['former', '20000', 'host/1 Class.method', TOKEN]);
    expect(secrets).toEqual([TOKEN, 'former']);
    expect([[1, 7, AT], [0]].map(read)).toEqual([{ adopted: true, fence: 7 }, { adopted: false }]);
    for (const reply of [
      undefined,
      1,
      [],
      [1],
      ['1'],
      [1, 7],
      [1, 0, AT],
      [1, 7, -1],
      [1, 7, AT, 1],
      [0, 1],
      [2],
      [2, 7, AT],
      [true, 7, AT],
    ]) {
      expect(() => read(reply)).toThrow(
        'the reply of the script mutex-adopt is not {1, integer, integer} or {0}',
      );
    }
  });

  it('signs a call with a nonce, and takes only the reply with that nonce for its own', () => {
    const { script, keys, args, open } = mutex.sign(acquire(), 'n-1');
    expect([script, keys, args]).toEqual([mutexAcquire, acquire().keys, [...acquire().args, 'n-1']]);
    expect(open(['n-1', [1, 7, AT]])).toEqual([1, 7, AT]);
    for (const reply of [
      undefined,
      [1, 7, AT],
      ['n-2', [1, 7, AT]],
      ['n-1'],
      ['n-1', [0], [0]],
      'n-1',
      [[1], 'n-1'],
    ]) {
      expect(() => open(reply)).toThrow(
        'the reply of the script mutex-acquire is not the reply to this call',
      );
    }
  });

  it('names as many keys as its scripts take', () => {
    for (const { script, keys } of [
      acquire(),
      mutex.adopt(tenure, 'former'),
      mutex.extend(tenure, 5_000, 7),
      mutex.release(tenure),
    ])
      expect(keys).toHaveLength(script.keys);
  });

  it.each([
    [[1, 7, AT], { granted: true, fence: 7, at: AT }],
    [[1, Number.MAX_SAFE_INTEGER, 0], { granted: true, fence: Number.MAX_SAFE_INTEGER, at: 0 }],
    [
      [0, 1_234, `${AT / 1_000 - 50} host/2 other`, AT],
      { granted: false, ttlLeft: 1_234, holder: 'host/2 other', heldFor: 50, at: AT },
    ],
    [
      [0, 1_234, `${AT / 1_000 + 50} host/2 other`, AT],
      { granted: false, ttlLeft: 1_234, holder: 'host/2 other', heldFor: 0, at: AT },
    ],
    [
      [0, 0, 'host/2 other', AT],
      { granted: false, ttlLeft: 0, holder: 'host/2 other', heldFor: undefined, at: AT },
    ],
    [[0, -1, '', AT], { granted: false, ttlLeft: undefined, holder: undefined, heldFor: undefined, at: AT }],
    [[0, -2, '', 0], { granted: false, ttlLeft: 0, holder: undefined, heldFor: undefined, at: 0 }],
  ])('reads the reply %j to an acquire', (reply, read) => {
    expect(acquire().read(reply)).toEqual(read);
  });

  it.each([
    [[1], 'released'],
    [[0], 'lost'],
  ])('reads the reply %j to a release', (reply, read) => {
    expect(mutex.release(tenure).read(reply)).toBe(read);
  });

  const impossible: unknown[] = [
    undefined,
    null,
    1,
    'OK',
    TOKEN,
    {},
    { 0: 1, length: 1 },
    [],
    ['1'],
    [1n],
    [true],
    [2],
    [Buffer.from('1')],
    [1, TOKEN],
    [1, 1_000],
    [1, 1_000, TOKEN],
    [1, 1_000, AT, TOKEN],
    [1, '1000', AT],
    [1, 1_000, String(AT)],
    [1, 0, AT],
    [1, -1, AT],
    [1, 1.5, AT],
    [1, NaN, AT],
    [1, 2 ** 53, AT],
    [1, 1_000n, AT],
    [1, 1_000, -1],
    [1, null, AT],
    [1, Buffer.from('1000'), AT],
    [true, 1_000, AT],
    ['1', 1_000, AT],
    [2, 1_000, AT],
    [0, 1.5, TOKEN, AT],
    [0, '1000', TOKEN, AT],
    [0, NaN, TOKEN, AT],
    [0, 2 ** 53, TOKEN, AT],
    [0, 1_000],
    [0, 1_000, TOKEN],
    [0, 1_000, null, AT],
    [0, 1_000, Buffer.from(TOKEN), AT],
    [0, 1_000, TOKEN, -1],
    [0, 1_000, TOKEN, -AT],
    [0, 1_000, TOKEN, AT + 0.5],
    [0, 1_000, TOKEN, null],
    ['0', 1_000, TOKEN, AT],
  ];

  it.each(impossible)('never reads %p as a grant, and shows nothing of it', (reply) => {
    const error = thrown(() => acquire().read(reply));
    expect(error).toMatchObject({
      name: 'UnexpectedReplyError',
      code: 'UNEXPECTED_REPLY',
      message:
        'the reply of the script mutex-acquire is not {1, integer, integer} or {0, integer, string, integer}',
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  });

  it.each([...impossible, [1, 1_000, AT], [0, 1_000, 'who', AT]])('never reads %p as a release', (reply) => {
    const error = thrown(() => mutex.release(tenure).read(reply));
    expect(error).toMatchObject({
      code: 'UNEXPECTED_REPLY',
      message: 'the reply of the script mutex-release is not {1} or {0}',
    });
  });

  it.each([
    [AT, 7],
    [0, AT + 1],
  ])('reads the message of a grant at %i with the fencing token %i', (at, fence) => {
    expect(mutex.readGrant(`${TOKEN} 20000 ${fence} ${at}`)).toEqual({
      token: TOKEN,
      ttl: 20_000,
      fence,
      at,
    });
  });

  it.each([
    '',
    'PING',
    TOKEN,
    `${TOKEN} 20000`,
    `${TOKEN} 20000 7`,
    ` 20000 7 ${AT}`,
    `${TOKEN} 20000 7 ${AT} `,
    ` ${TOKEN} 20000 7 ${AT}`,
    `${TOKEN} 20000 7 ${AT}\n`,
    `${TOKEN}\n20000 7 ${AT}`,
    `${TOKEN}  20000 7 ${AT}`,
    `${TOKEN} 20000 7 ${AT} 1`,
    `two words 20000 7 ${AT}`,
    `${TOKEN} 0 7 ${AT}`,
    `${TOKEN} -1 7 ${AT}`,
    `${TOKEN} 1.5 7 ${AT}`,
    `${TOKEN} 1e3 7 ${AT}`,
    `${TOKEN} 20000 0 ${AT}`,
    `${TOKEN} 20000 07 ${AT}`,
    `${TOKEN} 20000 7 -1`,
    `${TOKEN} 20000 7 nan`,
    `${TOKEN} ٢ 7 ${AT}`,
  ])('reads %j as no grant', (message) => {
    expect(mutex.readGrant(message)).toBeUndefined();
  });
});

function thrown(read: () => unknown): unknown {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    return error;
  }
  throw new Error(`read as ${inspect(value)}`);
}
