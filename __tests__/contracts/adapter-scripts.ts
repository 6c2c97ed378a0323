import type { Adapter } from '../../src/index.js';
import { EngineLocker } from '../../src/create-locker.js';
import { mutex } from '../../src/kinds/mutex.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { everything } from '../support/everything.js';
import { pause } from '../support/pause.js';
import * as scripts from '../support/scripts.js';
import { KEYS, OURS, send, tenure, THEIRS, WHO, valueOf } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

const GRANTED = { granted: true, fence: expect.any(Number), at: expect.any(Number) };
const busy = (holder?: string) => ({
  granted: false,
  ttlLeft: expect.any(Number),
  holder,
  heldFor: holder === undefined ? undefined : expect.any(Number),
  at: expect.any(Number),
});

/** What stands behind a token. */
const BEHIND = `7 1700000000000 ${WHO}`;

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
  const acquire = async (token: string, ttl = 10_000, who = WHO, keys = KEYS) =>
    scripts.acquire(await use().open(), { keys, token, ttl, who });
  const release = async (token: string, keys = KEYS) => scripts.release(await use().open(), { keys, token });

  describe('mutex-acquire', () => {
    it('grants a free key and writes token and holder with the expiry', async () => {
      const reply = await acquire(OURS);
      expect(reply).toEqual(GRANTED);
      const value = (await use().get('key'))!;
      expect(value).toMatch(valueOf(OURS));
      expect(value.split(' ').slice(1, 3).map(Number)).toEqual([
        (reply as { fence: number }).fence,
        Math.floor(reply.at / 1_000),
      ]);
      const ttl = await use().ttl('key');
      expect(ttl).toBeGreaterThan(9_000);
      expect(ttl).toBeLessThanOrEqual(10_000);
    });

    it('refuses a taken key, tells what is left of it and who holds it, and changes nothing', async () => {
      await acquire(THEIRS, 10_000, 'other/2 holder of it');
      const before = await use().ttl('key');
      const reply = await acquire(OURS, 60_000);
      expect(reply).toEqual(busy('other/2 holder of it'));
      const { ttlLeft } = reply as { ttlLeft: number };
      expect(ttlLeft).toBeGreaterThanOrEqual(await use().ttl('key'));
      expect(ttlLeft).toBeLessThanOrEqual(before);
      expect(await use().get('key')).toMatch(valueOf(THEIRS, 'other/2 holder of it'));
      expect(await use().ttl('key')).toBeLessThanOrEqual(before);
    });

    it('tells who holds it also of one that was granted with the lowest fencing token', async () => {
      await use().set('key', `${THEIRS} ${BEHIND}`, 10_000);
      expect(await acquire(OURS)).toEqual(busy(WHO));
    });

    it('grants its own token again, from which the expiry starts again', async () => {
      await acquire(OURS, 1_000);
      expect(await acquire(OURS, 10_000)).toEqual(GRANTED);
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
      expect(await use().get('key')).toMatch(valueOf(OURS));
    });

    it('never makes its own grant shorter, of which another message may have told', async () => {
      await acquire(OURS, 10_000);
      expect(await acquire(OURS, 500)).toEqual(GRANTED);
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
    });

    it('grants the key to the next one after its expiry', async () => {
      await acquire(THEIRS, 30);
      await pause(60);
      expect(await acquire(OURS)).toEqual(GRANTED);
    });

    it.each([
      ['with an expiry', 10_000, expect.any(Number)],
      ['without an expiry', undefined, undefined],
    ])('waits for a foreign value %s and tells nothing of it', async (_, ttl, ttlLeft) => {
      await use().set('key', '5d4b5b1e-77ff-11f1-8de9-0242ac120002', ttl);
      expect(await acquire(OURS)).toEqual({ ...busy(), ttlLeft });
      expect(await use().get('key')).toBe('5d4b5b1e-77ff-11f1-8de9-0242ac120002');
    });

    it.each([
      ['an empty value', ''],
      ['a space before the mark', `${'x'.repeat(26)} ${BEHIND}`],
      ['a space behind the mark', `${'x'.repeat(28)} ${BEHIND}`],
      ['something else than a space at the mark', `${'x'.repeat(28)}${BEHIND}`],
      ['something else than a token, by its first letter', `"${'x'.repeat(26)} ${BEHIND}`],
      ['something else than a token, by its last letter', `${'x'.repeat(26)}" ${BEHIND}`],
      ['something else than a token, and no time', `${'x'.repeat(27)} 7 of somebody`],
      ['something else than a token, and one number', `${'x'.repeat(27)} ${'1'.repeat(30)} `],
      ['a longer token', `${THEIRS}tttt ${BEHIND}`],
      ['our token without a space', OURS],
      ['a value that only starts with our token', `${OURS}o ${WHO}`],
    ])('tells nothing of a foreign value with %s', async (_, value) => {
      await use().set('key', value, 10_000);
      expect(await acquire(OURS)).toEqual(busy());
      expect(await use().get('key')).toBe(value);
    });

    it.each([
      ['JSON', '{"id":"a-b-c-d","n":1234567, "password":"hunter2"}'],
      ['letters of two bytes', `${'é'.repeat(13)}x ${BEHIND}`],
      ['letters of two bytes, as many as a token has', `${'é'.repeat(27)} ${BEHIND}`],
    ])(
      'tells nothing of a foreign value of %s that has a space where a token of ours ends',
      async (_, value) => {
        await use().set('key', value, 10_000);
        expect(await acquire(OURS)).toEqual(busy());
      },
    );
  });

  describe('mutex-adopt', () => {
    const adopt = async (from: string, heir: string, ttl = 10_000) =>
      scripts.adopt(await use().open(), from, { token: heir, ttl });

    it('makes a lock that of another token, with a fencing token and a ttl of its own', async () => {
      const granted = await acquire(OURS, 20_000);
      const adopted = await adopt(OURS, THEIRS, 8_000);
      expect(adopted).toEqual({ adopted: true, fence: expect.any(Number) });
      expect((adopted as { fence: number }).fence).toBeGreaterThan((granted as { fence: number }).fence);
      expect(await use().get('key')).toMatch(valueOf(THEIRS));
      expect(await use().ttl('key')).toBeLessThanOrEqual(8_000);
      expect(await adopt(THEIRS, OURS, 60_000)).toMatchObject({ adopted: true });
      expect(await use().ttl('key')).toBeGreaterThan(59_000);
    });

    it('does it again for the same heir, and for nobody else', async () => {
      await acquire(OURS);
      expect(await adopt(OURS, THEIRS)).toMatchObject({ adopted: true });
      expect(await adopt(OURS, THEIRS, 500)).toMatchObject({ adopted: true });
      // Its own time is never made shorter: an earlier copy may have been answered.
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
      expect(await adopt(OURS, 'x'.repeat(27))).toEqual({ adopted: false });
      expect(await release(OURS)).toBe('lost');
      expect(await release(THEIRS)).toBe('released');
      expect(await adopt(OURS, THEIRS)).toEqual({ adopted: false });
      expect(await use().get('key')).toBeNull();
    });

    it.each(['foreign', `${THEIRS} ${WHO}`, OURS, `${OURS}x ${WHO}`])('leaves %j alone', async (value) => {
      await use().set('key', value, 5_000);
      expect(await adopt(OURS, 'x'.repeat(27))).toEqual({ adopted: false });
      expect(await use().get('key')).toBe(value);
      expect(await use().ttl('key')).toBeLessThanOrEqual(5_000);
    });
  });

  describe('mutex-release', () => {
    it('deletes a key with its own token', async () => {
      await acquire(OURS);
      expect(await release(OURS)).toBe('released');
      expect(await use().get('key')).toBeNull();
    });

    it('is told when there is nothing to release', async () => {
      expect(await release(OURS)).toBe('lost');
    });

    it.each([
      ['another token', THEIRS],
      ['a token that the held one starts with', OURS.slice(0, 26)],
      ['a token that starts with the held one', `${OURS}o`],
      ['the whole value', `${OURS} ${WHO}`],
      ['an empty token', ''],
    ])('leaves the key alone for %s', async (_, token) => {
      await acquire(OURS);
      expect(await release(token)).toBe('lost');
      expect(await use().get('key')).toMatch(valueOf(OURS));
    });

    it('leaves a foreign value alone that is just the token', async () => {
      await use().set('key', OURS);
      expect(await release(OURS)).toBe('lost');
      expect(await use().get('key')).toBe(OURS);
    });
  });

  it('takes keys and holders of any characters literally', async () => {
    for (const text of ODD_TEXTS) {
      // In one hash slot, whatever is in the text.
      const named = ['lock', 'fence', 'queue', 'waiters'].map((name) => `{slot}${name}${text}`);
      const [lock, fence, queue, waiters] = named as [string, string, string, string];
      const keys = { lock, fence, queue, waiters };
      const adapter = await use().open();
      expect(await acquire(THEIRS, 10_000, text, keys)).toEqual(GRANTED);
      expect(await use().get(lock)).toMatch(valueOf(THEIRS, text));
      expect(await scripts.acquire(adapter, { keys, who: text }, 'channel')).toEqual(busy(text));
      expect(await use().waiting(keys)).toEqual([
        [OURS, expect.stringMatching(/^\d+ 10000 1 channel /) as string],
      ]);
      expect(await release(OURS, keys)).toBe('lost');
      expect((await use().keys()).sort()).toEqual([lock, fence].sort());
      expect(await release(THEIRS, keys)).toBe('released');
      expect(await use().keys()).toEqual([fence]);
      await use().delete(fence);
    }
  });

  it('answers with numbers and text, whatever the client is set to', async () => {
    const adapter = await use().open();
    const steps = [
      mutex.acquire(tenure(), undefined),
      mutex.acquire(tenure({ token: THEIRS }), undefined),
      mutex.release(tenure({ token: THEIRS })),
      mutex.release(tenure()),
    ];
    const replies: unknown[] = [];
    for (const step of steps) replies.push(await send(adapter, step));
    const number = expect.any(Number) as number;
    expect(replies).toEqual([
      [1, number, number],
      [0, number, expect.stringMatching(`^\\d{13} ${WHO}$`), number],
      [0],
      [1],
    ]);
  });

  it('lets no token out, neither of the holder nor of the one who waits', async () => {
    const locker = (token: string, adapter: Adapter) =>
      new EngineLocker(adapter, undefined, { ...nodeEnvironment, newToken: () => token });
    const adapter = await use().open();
    const holder = locker(THEIRS, adapter);
    const held = await holder.acquire('key', { name: 'holder' });
    const waiter = locker(OURS, adapter);
    const told: unknown[] = [held];
    for (const name of ['waiting', 'failure', 'refused'] as const)
      waiter.on(name, (event) => told.push(event));
    const refused = await waiter.acquire('key', { timeout: 900 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: `${nodeEnvironment.process} holder` });
    expect(told).toHaveLength(3);
    for (const shown of [refused, ...told]) {
      expect(everything(shown)).not.toContain(THEIRS);
      expect(everything(shown)).not.toContain(OURS);
    }
    await Promise.all([holder.close({ grace: 0 }), waiter.close({ grace: 0 })]);
  });
}
