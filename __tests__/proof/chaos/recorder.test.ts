import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseMonitored } from '../../../proof/chaos/monitor.js';
import { Recorder } from '../../../proof/chaos/recorder.js';
import { now } from '../../../proof/chaos/telling.js';
import { check } from '../../../proof/checker/check.js';
import { type Event, parse } from '../../../proof/checker/history.js';
import { createLocker, type Lock, nodeRedis } from '../../../src/index.js';
import { sharedRedis } from '../../support/redis-server.js';

describe('a line of MONITOR', () => {
  it('tells when, who and what', () => {
    expect(parseMonitored('1700000000.123456 [0 127.0.0.1:5] "get" "a \\"b\\" \\\\"')).toEqual({
      at: 1_700_000_000_123.456,
      byScript: false,
      words: ['GET', 'a "b" \\'],
    });
    expect(parseMonitored('+1700000000.5 [0 lua] "SET" "k" ""')).toMatchObject({
      byScript: true,
      words: ['SET', 'k', ''],
    });
    expect(parseMonitored('+OK')).toBeUndefined();
  });
});

describe('the recorder', () => {
  const redis = sharedRedis();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-recorder-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Does `work`, and returns what the server was seen to do meanwhile. */
  async function recorded(work: () => Promise<unknown>): Promise<Event[]> {
    const own = mkdtempSync(join(folder, 'run-'));
    const recorder = new Recorder(redis().port, own);
    await recorder.start();
    await work();
    await recorder.drain((mark) => redis().command('PING', mark));
    recorder.close();
    return parse(readFileSync(join(own, 'server.jsonl'), 'utf8'), 'server.jsonl');
  }

  const short = (events: Event[]): string[] =>
    events.map((event) => {
      if (event.type !== 'own' && event.type !== 'disown' && event.type !== 'fence') return event.type;
      return `${event.type} ${event.key}${event.type !== 'fence' && event.by === 'operator' ? ' by an operator' : ''}`;
    });

  /** A locker, and what it does told as a worker tells it. */
  async function worker(name: string, told: Event[]) {
    const client = await redis().client();
    const locker = createLocker(nodeRedis(client), { ttl: 400 });
    const hold = async (call: number, keys: string[], work: (lock: Lock) => Promise<unknown>) => {
      const of = { process: name, call };
      told.push({ ...of, at: now(), type: 'inv', keys, timeout: 40_000 });
      await locker.withLock(
        keys,
        async (lock) => {
          const at = now();
          for (const [key, fence] of lock.fencingTokens)
            told.push({ ...of, at, type: 'enter', key, fence, until: at + lock.remaining });
          await work(lock);
          told.push({ ...of, at: now(), type: 'exit' });
        },
        { onLost: 'abort' },
      );
      told.push({ ...of, at: now(), type: 'done', outcome: 'ok' });
    };
    return { hold, close: () => locker.close() };
  }

  it('sees grants, extensions, grants to who waits and releases, and whose each fencing token is', async () => {
    const told: Event[] = [];
    const events = await recorded(async () => {
      const [one, two] = [await worker('one', told), await worker('two', told)];
      let waiting: Promise<void> | undefined;
      await one.hold(1, ['a', 'b'], async (lock) => {
        waiting = two.hold(1, ['a'], () => Promise.resolve());
        await lock.extend(900);
      });
      await waiting;
      await Promise.all([1, 2, 3].map((n) => two.hold(1 + n, ['b'], () => Promise.resolve())));
      await Promise.all([one.close(), two.close()]);
    });
    const { verdict, judged } = check([...events, ...told]);
    expect(verdict.violations).toEqual([]);
    expect(judged.claims).toHaveLength(6);
    expect(judged.claims.map((claim) => judged.truth.ownershipsOf(claim).length)).toEqual([1, 1, 1, 1, 1, 1]);
    const longest = judged.truth.of('a')[0]!;
    expect(longest.to - longest.from).toBeLessThan(900);
  });

  it('sees what operators do to locks', async () => {
    const told: Event[] = [];
    const events = await recorded(async () => {
      const { hold, close } = await worker('one', told);
      await hold(1, ['k'], () => redis().command('DEL', 'lock:k'));
      await hold(2, ['k'], () => redis().command('FLUSHALL'));
      await hold(3, ['k'], () => redis().command('PEXPIRE', 'lock:k', '1'));
      await redis().command('SET', 'lock:k', 'stolen', 'PX', '20');
      await close();
    });
    const grant = ['own k', 'fence k'];
    expect(short(events)).toEqual([
      ...[...grant, 'disown k by an operator'],
      ...[...grant, 'disown k by an operator'],
      ...[...grant, 'disown k by an operator', 'own k by an operator'],
    ]);
    expect(check([...events, ...told]).verdict).toMatchObject({ valid: true, outlived: 3 });
  });

  it('takes a refused SET NX for what it is', async () => {
    const told: Event[] = [];
    const events = await recorded(async () => {
      const client = await redis().client();
      const [one, two] = [await worker('one', told), createLocker(nodeRedis(client), { ttl: 400 })];
      await one.hold(1, ['k'], () => two.tryAcquire('k'));
      await Promise.all([one.close(), two.close()]);
    });
    expect(short(events)).toEqual(['own k', 'fence k', 'disown k']);
  });
});
