import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

import { EVENT_NAMES } from '../src/core/events.js';
import { createLocker, LockClosedError, memory } from '../src/index.js';
import { eventLine, nodeDiagnostics } from '../src/node-diagnostics.js';
import { killPrograms, Program } from './programs/program.js';
import { sharedRedis } from './support/redis-server.js';

const site = { key: 'k', name: 'Test.run' };

describe('the channels', () => {
  const seen: [name: unknown, event: unknown][] = [];
  const receive = (event: unknown, name: string | symbol): void => void seen.push([name, event]);
  const names = EVENT_NAMES.map((name) => `latchkey:${name}`);

  beforeEach(() => {
    seen.length = 0;
    for (const name of names) subscribe(name, receive);
  });
  afterEach(() => {
    for (const name of names) unsubscribe(name, receive);
  });

  it('get the events of all lockers, as listeners do', async () => {
    const heard: unknown[] = [];
    for (const locker of [createLocker(memory()), createLocker(memory())]) {
      for (const name of EVENT_NAMES) locker.on(name, (event) => heard.push([`latchkey:${name}`, event]));
      const lock = await locker.acquire('k');
      const waiting = locker.acquire('k', { timeout: 20 }).catch(() => undefined);
      await waiting;
      await lock.release();
      await locker.close();
    }
    expect(seen).toEqual(heard);
    expect(seen.map(([name]) => name)).toEqual(
      [1, 2].flatMap(() => ['granted', 'waiting', 'refused', 'released'].map((name) => `latchkey:${name}`)),
    );
  });

  it('are of no interest while nobody subscribes', () => {
    expect(EVENT_NAMES.map((name) => nodeDiagnostics.wants(name))).toEqual(EVENT_NAMES.map(() => true));
    unsubscribe('latchkey:granted', receive);
    expect(channel('latchkey:granted').hasSubscribers).toBe(false);
    expect(EVENT_NAMES.filter((name) => !nodeDiagnostics.wants(name))).toEqual(['granted']);
    subscribe('latchkey:granted', receive);
  });
});

describe('a line', () => {
  it('has the key, the lock site, figures and codes', () => {
    const error = new LockClosedError('k');
    expect(
      [
        eventLine('granted', { ...site, waited: 1.6, fencingToken: 1_795_572_145_123_456 }),
        eventLine('waiting', { ...site, holder: undefined }),
        eventLine('refused', { ...site, waited: 7, error }),
        eventLine('released', { ...site, held: 20_000, outcome: 'unknown' }),
        eventLine('failure', { ...site, operation: 'extend', reason: 'OOM', message: 'OOM no memory' }),
      ].join('\n'),
    ).toBe(
      [
        'granted "k" "Test.run" waited=2 fencingToken=1795572145123456',
        'waiting "k" "Test.run" holder=-',
        'refused "k" "Test.run" waited=7 error="LOCK_CLOSED"',
        'released "k" "Test.run" held=20000 outcome="unknown"',
        'failure "k" "Test.run" operation="extend" reason="OOM" message="OOM no memory"',
      ].join('\n'),
    );
  });

  it.each<[unknown, string]>([
    [new TypeError('private'), '"TypeError"'],
    [new DOMException('private', 'AbortError'), '"AbortError"'],
    ['private', '"string"'],
    [undefined, '"undefined"'],
    [null, '"object"'],
    [Object.create(null), '"object"'],
  ])('tells of any reason for an abort in a word: %p', (error, shown) => {
    expect(eventLine('refused', { ...site, waited: 0, error })).toBe(
      `refused "k" "Test.run" waited=0 error=${shown}`,
    );
  });

  it('is one line, whatever somebody has put into it', () => {
    const hostile = 'a"\n\r\u001b[31m\u202e\u2028%s';
    const error = Object.assign(new Error(hostile), { code: hostile });
    const lines = [
      eventLine('refused', { key: hostile, name: hostile, waited: 1, error }),
      eventLine('waiting', { key: hostile, name: hostile, holder: hostile }),
      eventLine('failure', { ...site, operation: 'acquire', reason: hostile, message: hostile }),
    ];
    for (const line of lines) {
      expect(line).toMatch(/^[\x20-\x7e]*$/);
      expect(line).toContain(String.raw`"a\"\u{a}\u{d}\u{1b}[31m\u{202e}\u{2028}%s"`);
    }
  });
});

describe('NODE_DEBUG', () => {
  const redis = sharedRedis();
  afterEach(killPrograms);

  async function use(env: Record<string, string>): Promise<string[]> {
    const program = new Program('lock-client.mjs', { REDIS_URL: redis().url, ...env });
    await program.next();
    await program.ask('acquire', { key: 'odd\nkey' });
    await program.ask('acquire', { key: 'odd\nkey', options: { timeout: 50 } });
    await program.ask('release', { key: 'odd\nkey' });
    await program.ask('close');
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    return stderr.split('\n').filter((line) => line !== '');
  }

  it('prints each event as a line', async () => {
    const lines = await use({ NODE_DEBUG: 'latchkey' });
    const start = String.raw`LATCHKEY \d+: `;
    const site = String.raw` "odd\\u\{a\}key" "acquire" `;
    const rest = [
      ['granted', String.raw`waited=\d+ fencingToken=\d+`],
      ['waiting', String.raw`holder="\S+\/\d+ acquire"`],
      ['refused', String.raw`waited=\d+ error="LOCK_TIMEOUT"`],
      ['released', String.raw`held=\d+ outcome="released"`],
    ];
    expect(lines).toEqual(
      rest.map(([name, more]): unknown =>
        expect.stringMatching(new RegExp(`^${start}${name!}${site}${more!}$`)),
      ),
    );
  });

  it('prints nothing for other modules', async () => {
    expect(await use({ NODE_DEBUG: 'other' })).toEqual([]);
  });
});

describe('a subscriber that throws', () => {
  const redis = sharedRedis();
  afterEach(killPrograms);

  it('disturbs no lock and no other subscriber', async () => {
    const program = new Program('broken-subscriber.mjs', { REDIS_URL: redis().url }, ['handles']);
    const { code, stdout, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ result: 'done', outcome: 'released', errors: 2, heard: 2 });
  });

  it('ends a program that handles no uncaughtException, as on every channel', async () => {
    const program = new Program('broken-subscriber.mjs', { REDIS_URL: redis().url });
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Error: broken subscriber');
  });
});
