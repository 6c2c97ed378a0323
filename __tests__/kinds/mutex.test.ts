import { inspect } from 'node:util';

import { mutex } from '../../src/kinds/mutex.js';
import { mutexAcquire, mutexRelease } from '../../src/scripts/generated.js';

const TOKEN = 'SecretSecretSecretSecret123';
const tenure = { key: 'lock:key', token: TOKEN, ttl: 20_000, who: 'host/1 Class.method' };

describe('mutex', () => {
  it('acquires with token, ttl in ms as text, and holder', () => {
    const { script, keys, args } = mutex.acquire(tenure);
    expect(script).toBe(mutexAcquire);
    expect(keys).toEqual(['lock:key']);
    expect(args).toEqual([TOKEN, '20000', 'host/1 Class.method']);
  });

  it('releases with the token', () => {
    const { script, keys, args } = mutex.release(tenure);
    expect(script).toBe(mutexRelease);
    expect(keys).toEqual(['lock:key']);
    expect(args).toEqual([TOKEN]);
  });

  it.each([
    [[1], { granted: true }],
    [[0, 1_234, 'host/2 other'], { granted: false, ttlLeft: 1_234, holder: 'host/2 other' }],
    [[0, 0, 'host/2 other'], { granted: false, ttlLeft: 0, holder: 'host/2 other' }],
    [[0, -1, ''], { granted: false, ttlLeft: undefined, holder: undefined }],
    [[0, -2, ''], { granted: false, ttlLeft: 0, holder: undefined }],
  ])('reads the reply %j to an acquire', (reply, read) => {
    expect(mutex.acquire(tenure).read(reply)).toEqual(read);
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
    [1, 1_000, TOKEN],
    [0, 1.5, TOKEN],
    [0, '1000', TOKEN],
    [0, NaN, TOKEN],
    [0, 1_000],
    [0, 1_000, null],
    [0, 1_000, Buffer.from(TOKEN)],
  ];

  it.each(impossible)('never reads %p as a grant, and shows nothing of it', (reply) => {
    const error = thrown(() => mutex.acquire(tenure).read(reply));
    expect(error).toMatchObject({
      name: 'UnexpectedReplyError',
      code: 'UNEXPECTED_REPLY',
      message: 'the reply of the script mutex-acquire is not {1} or {0, integer, string}',
    });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
  });

  it.each([...impossible, [0, 1_000, 'who']])('never reads %p as a release', (reply) => {
    const error = thrown(() => mutex.release(tenure).read(reply));
    expect(error).toMatchObject({
      code: 'UNEXPECTED_REPLY',
      message: 'the reply of the script mutex-release is not {1} or {0}',
    });
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
