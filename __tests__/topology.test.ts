import { createLocker, memory } from '../src/index.js';

const several = () => [memory(), memory(), memory()];

describe('createLocker', () => {
  const RULE =
    'createLocker: the first argument must be an adapter, such as nodeRedis(client) or memory(), or a list of them';

  it.each<[unknown, string]>([
    [[], 'an array'],
    [undefined, 'undefined'],
    [{}, 'an object'],
    [[memory(), undefined], 'undefined'],
    [[memory(), {}], 'an object'],
    [[[memory()]], 'an array'],
  ])('refuses %p as adapters', (value, shown) => {
    expect(() => createLocker(value as never)).toThrow(new TypeError(`${RULE}, not ${shown}`));
  });

  it('refuses the same adapter twice: one server has no majority', () => {
    const adapter = memory();
    expect(() => createLocker([adapter, memory(), adapter])).toThrow(
      'createLocker: each adapter must be another server, but one of them is in the list twice',
    );
  });

  it('takes a list of one for that one', async () => {
    const adapter = memory();
    const [ours, theirs] = [createLocker([adapter]), createLocker(adapter)];
    const lock = await ours.acquire('k');
    expect(await theirs.tryAcquire('k')).toBeNull();
    await lock.release();
    expect(adapter.keyspace.get('lock:~memory')).toBeNull();
  });
});

describe('maxTtl', () => {
  it.each([
    [{ maxTtl: 19_999 }, 'maxTtl must be 0, or at least the ttl of 20000 ms, not 19999'],
    [{ maxTtl: -1 }, 'maxTtl must be an integer number of milliseconds >= 0, not -1'],
    [{ maxTtl: 1.5 }, 'maxTtl must be an integer number of milliseconds >= 0, not 1.5'],
    [{ maxTtl: '1' }, 'maxTtl must be an integer number of milliseconds >= 0, not "1"'],
  ])('can not be as in %j', (options, message) => {
    expect(() => createLocker(several(), options as never)).toThrow(message);
  });

  it('is for several servers', () => {
    expect(() => createLocker(memory(), { maxTtl: 20_000 })).toThrow(
      new TypeError('maxTtl is for lockers of several servers, and this one has one server'),
    );
  });

  it('limits the ttl of every call and of every extension', async () => {
    const servers = several();
    for (const { keyspace } of servers) keyspace.set('lock:~memory', '1');
    const locker = createLocker(servers, { ttl: 1_000, maxTtl: 2_000 });
    await expect(locker.acquire('k', { ttl: 2_001 })).rejects.toThrow(
      new RangeError("ttl must be at most the locker's maxTtl of 2000 ms, not 2001"),
    );
    const lock = await locker.acquire('k', { ttl: 2_000 });
    await expect(lock.extend(2_001)).rejects.toThrow(
      new RangeError("extend: ttl must be at most the locker's maxTtl of 2000 ms, not 2001"),
    );
    expect(await lock.extend(2_000)).toBe('extended');
    expect(await lock.release()).toBe('released');
    await locker.close();
  });

  it('of 0 sets no limit', async () => {
    const locker = createLocker(several(), { ttl: 1_000, maxTtl: 0 });
    const lock = await locker.acquire('k', { ttl: 60_000 });
    expect(await lock.release()).toBe('released');
    await locker.close();
  });
});

describe('waitReplicas', () => {
  /** A server whose replicas know of everything, or of nothing. */
  const replicated = (have: number) => {
    const adapter = memory();
    for (const prefix of ['lock:']) adapter.keyspace.set(`${prefix}~memory`, '1');
    const waitReplicas = jest.fn(() => Promise.resolve(have));
    return { ...adapter, waitReplicas };
  };

  it('is asked of each server for each grant, and for nothing else', async () => {
    for (const servers of [[replicated(1)], [replicated(1), replicated(1), replicated(1)]]) {
      const locker = createLocker(servers, { waitReplicas: 1, ttl: 1_000, commandTimeout: 100 });
      const lock = await locker.acquire('k');
      await lock.extend();
      expect(await lock.release()).toBe('released');
      await locker.close();
      for (const { waitReplicas } of servers) {
        expect(waitReplicas).toHaveBeenCalledTimes(1);
        expect(waitReplicas).toHaveBeenCalledWith(expect.arrayContaining(['lock:k']), 1, expect.any(Number));
      }
    }
  });

  it('gives back what too few replicas know of', async () => {
    const server = replicated(1);
    const locker = createLocker(server, { waitReplicas: 2, ttl: 1_000, commandTimeout: 100 });
    await expect(locker.tryAcquire('k')).rejects.toMatchObject({ reason: 'NOREPLICAS', retryable: true });
    await locker.close();
    expect(server.keyspace.get('lock:k')).toBeNull();
  });

  it.each([
    [{ waitReplicas: 0 }, 'waitReplicas must be an integer >= 1, not 0'],
    [
      { waitReplicas: 1 },
      'waitReplicas: this client can not wait for replicas on the connection that has written',
    ],
  ])('can not be as in %j', (options, message) => {
    expect(() => createLocker(memory(), options)).toThrow(message);
  });
});
