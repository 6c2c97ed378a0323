import type { Adapter } from '../../src/index.js';
import { EngineLocker } from '../../src/create-locker.js';
import { mutex } from '../../src/kinds/mutex.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { mutexAcquire, mutexRelease } from '../../src/scripts/generated.js';
import { everything } from '../support/everything.js';
import { pause } from '../support/pause.js';
import type { UseBackend } from './adapter-contract.js';

const OURS = 'o'.repeat(27);
const THEIRS = 't'.repeat(27);
const WHO = 'host/1 Class.method';

/** Names that Redis, a client or a terminal might read as something else. */
const ODD_TEXTS = [
  ' ',
  '\0',
  '\r\nDEL lock\r\n',
  '*?[]',
  '{a}b',
  '\u00ff\u0080',
  'é',
  'e\u0301',
  '鍵 🔑',
  '\u202e\u200b',
  '__proto__',
  '$100%',
  '\u001b[31m',
];

export function scriptCases(use: UseBackend): void {
  const acquire = async (token: string, ttl = 10_000, who = WHO, key = 'key') =>
    (await use().open()).run(mutexAcquire, [key], [token, String(ttl), who]);
  const release = async (token: string, key = 'key') =>
    (await use().open()).run(mutexRelease, [key], [token]);

  describe('mutex-acquire', () => {
    it('grants a free key and writes token and holder with the expiry', async () => {
      expect(await acquire(OURS)).toEqual([1]);
      expect(await use().get('key')).toBe(`${OURS} ${WHO}`);
      const ttl = await use().ttl('key');
      expect(ttl).toBeGreaterThan(9_000);
      expect(ttl).toBeLessThanOrEqual(10_000);
    });

    it('refuses a taken key, tells what is left of it and who holds it, and changes nothing', async () => {
      await acquire(THEIRS, 10_000, 'other/2 holder of it');
      expect(await acquire(OURS, 60_000)).toEqual([0, expect.any(Number), 'other/2 holder of it']);
      const [, left] = (await acquire(OURS, 60_000)) as [number, number];
      expect(left).toBeGreaterThan(9_000);
      expect(left).toBeLessThanOrEqual(10_000);
      expect(await use().get('key')).toBe(`${THEIRS} other/2 holder of it`);
      expect(await use().ttl('key')).toBeLessThanOrEqual(10_000);
    });

    it('grants its own token again, from which the expiry starts again', async () => {
      await acquire(OURS, 1_000);
      expect(await acquire(OURS, 10_000)).toEqual([1]);
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
      expect(await use().get('key')).toBe(`${OURS} ${WHO}`);
    });

    it('grants the key to the next one after its expiry', async () => {
      await acquire(THEIRS, 30);
      await pause(60);
      expect(await acquire(OURS)).toEqual([1]);
    });

    it.each([
      ['with an expiry', 10_000],
      ['without an expiry', undefined],
    ])('waits for a foreign value %s and tells nothing of it', async (_, ttl) => {
      await use().set('key', '5d4b5b1e-77ff-11f1-8de9-0242ac120002', ttl);
      const [granted, left, holder] = (await acquire(OURS)) as [number, number, string];
      expect([granted, holder]).toEqual([0, '']);
      if (ttl === undefined) expect(left).toBe(-1);
      else expect(left).toBeGreaterThan(9_000);
      expect(await use().get('key')).toBe('5d4b5b1e-77ff-11f1-8de9-0242ac120002');
    });

    it.each([
      ['an empty value', ''],
      ['a space before the mark', `${'x'.repeat(26)} ${'y'.repeat(30)}`],
      ['a space behind the mark', `${'x'.repeat(28)} ${'y'.repeat(30)}`],
      ['a longer token', `${THEIRS}tttt ${WHO}`],
      ['our token without a space', OURS],
      ['a value that only starts with our token', `${OURS}o ${WHO}`],
    ])('tells nothing of a foreign value with %s', async (_, value) => {
      await use().set('key', value, 10_000);
      expect(await acquire(OURS)).toEqual([0, expect.any(Number), '']);
      expect(await use().get('key')).toBe(value);
    });

    it.each([
      ['JSON', '{"id":"a-b-c-d","n":1234567, "password":"hunter2"}'],
      ['letters of two bytes', `${'é'.repeat(13)}x behind`],
      ['letters of two bytes, as many as a token has', `${'é'.repeat(27)} behind`],
    ])(
      'tells nothing of a foreign value of %s that has a space where a token of ours ends',
      async (_, value) => {
        await use().set('key', value, 10_000);
        expect(await acquire(OURS)).toEqual([0, expect.any(Number), '']);
      },
    );
  });

  describe('mutex-release', () => {
    it('deletes a key with its own token', async () => {
      await acquire(OURS);
      expect(await release(OURS)).toEqual([1]);
      expect(await use().get('key')).toBeNull();
    });

    it('is told when there is nothing to release', async () => {
      expect(await release(OURS)).toEqual([0]);
    });

    it.each([
      ['another token', THEIRS],
      ['a token that the held one starts with', OURS.slice(0, 26)],
      ['a token that starts with the held one', `${OURS}o`],
      ['the whole value', `${OURS} ${WHO}`],
      ['an empty token', ''],
    ])('leaves the key alone for %s', async (_, token) => {
      await acquire(OURS);
      expect(await release(token)).toEqual([0]);
      expect(await use().get('key')).toBe(`${OURS} ${WHO}`);
    });

    it('leaves a foreign value alone that is just the token', async () => {
      await use().set('key', OURS);
      expect(await release(OURS)).toEqual([0]);
      expect(await use().get('key')).toBe(OURS);
    });
  });

  it('takes keys and holders of any characters literally', async () => {
    for (const text of ODD_TEXTS) {
      expect(await acquire(THEIRS, 10_000, text, text)).toEqual([1]);
      expect(await use().get(text)).toBe(`${THEIRS} ${text}`);
      expect(await acquire(OURS, 10_000, WHO, text)).toEqual([0, expect.any(Number), text]);
      expect(await release(THEIRS, text)).toEqual([1]);
    }
  });

  it('answers in a shape that the mutex can read', async () => {
    const adapter = await use().open();
    const tenure = { key: 'key', token: OURS, ttl: 10_000, who: WHO };
    const steps = [
      mutex.acquire(tenure),
      mutex.acquire({ ...tenure, token: THEIRS }),
      mutex.release({ ...tenure, token: THEIRS }),
      mutex.release(tenure),
    ];
    const replies: unknown[] = [];
    for (const { script, keys, args, read } of steps)
      replies.push(read(await adapter.run(script, keys, args)));
    expect(replies).toEqual([
      { granted: true },
      { granted: false, ttlLeft: expect.any(Number) as number, holder: WHO },
      'lost',
      'released',
    ]);
  });

  it('lets no token out, neither of the holder nor of the one who waits', async () => {
    const locker = (token: string, adapter: Adapter) =>
      new EngineLocker(adapter, undefined, { ...nodeEnvironment, newToken: () => token });
    const adapter = await use().open();
    const held = await locker(THEIRS, adapter).acquire('key', { name: 'holder' });
    const waiter = locker(OURS, adapter);
    const told: unknown[] = [held];
    for (const name of ['waiting', 'failure', 'refused'] as const)
      waiter.on(name, (event) => told.push(event));
    const refused = await waiter.acquire('key', { timeout: 50 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: `${nodeEnvironment.process} holder` });
    expect(told).toHaveLength(3);
    for (const shown of [refused, ...told]) {
      expect(everything(shown)).not.toContain(THEIRS);
      expect(everything(shown)).not.toContain(OURS);
    }
    await held.release();
  });
}

export function scriptCacheCases(use: UseBackend): void {
  const server = () => use().server!;
  const calls = async (): Promise<Record<string, number>> => {
    const info = (await server().command('INFO', 'commandstats')) as string;
    const stats = [...info.matchAll(/cmdstat_(evalsha|eval|script\|load):calls=(\d+)/g)];
    return Object.fromEntries(stats.map(([, name, count]) => [name!, Number(count)] as const));
  };

  it('sends a script whole exactly once after it was forgotten', async () => {
    const adapter = await use().open();
    const cycle = async (): Promise<void> => {
      expect(await adapter.run(mutexAcquire, ['key'], [OURS, '10000', WHO])).toEqual([1]);
      expect(await adapter.run(mutexRelease, ['key'], [OURS])).toEqual([1]);
    };
    await cycle();
    await server().command('SCRIPT', 'FLUSH');
    await server().command('CONFIG', 'RESETSTAT');
    await cycle();
    expect(await calls()).toEqual({ evalsha: 2, eval: 2 });
    await cycle();
    await cycle();
    expect(await calls()).toEqual({ evalsha: 6, eval: 2 });
  });

  it('lets nobody see that the scripts are forgotten again and again', async () => {
    const adapter = await use().open();
    let done = false;
    const flushing = (async () => {
      while (!done) {
        await server().command('SCRIPT', 'FLUSH');
        await pause(2);
      }
    })();
    const worker = async (key: string): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        expect(await adapter.run(mutexAcquire, [key], [OURS, '10000', WHO])).toEqual([1]);
        expect(await adapter.run(mutexRelease, [key], [OURS])).toEqual([1]);
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(worker)).finally(() => (done = true));
    await flushing;
  });
}
