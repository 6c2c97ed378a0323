import { setTimeout as sleep } from 'node:timers/promises';

import { toRedisKeys } from '../../src/keys.js';
import { mutex } from '../../src/kinds/mutex.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { Crowd, expectOneAtATime, longestGap, type Member } from '../support/crowd.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

/** Promised: what a lost message costs, in ms. */
const LOST = 1_000;

const redis = sharedRedis();
const { random, seed } = seededRandom();
const crowd: Member[] = Array.from({ length: 4 }, () => ({ callers: 4, rounds: 8, body: 1 }));

beforeAll(() => {
  process.stdout.write(`c10-lost-messages.test.ts: faults from LATCHKEY_SEED=${seed}\n`);
});

afterEach(killPrograms);

describe('a grant whose message is lost', () => {
  const keys = toRedisKeys('lock:', 'door');
  const token = 'a'.repeat(27);
  const { script, args } = mutex.sign(mutex.release({ keys, token }), 'n');
  const RELEASED = ['n', [1]];
  const killSubscribers = ['CLIENT', 'KILL', 'TYPE', 'pubsub'];
  const release = ['EVAL', script.source, '4', keys.lock, keys.fence, keys.queue, keys.waiters, ...args];

  // In one transaction nothing is written to any socket before its end: a message from within goes down with its
  // connection, although the server has counted a receiver.
  test.each([
    ['before it was sent, as nobody listens', [killSubscribers, release]],
    ['after it was sent', [release, killSubscribers]],
  ])('%s, is noticed within a second', async (_when, commands) => {
    const waiters = [1, 2].map(() => new Program('lock-client.mjs', { REDIS_URL: redis().url }));
    await Promise.all(waiters.map((program) => program.next()));
    const late: number[] = [];
    for (let round = 0; round < 2; round++) {
      await redis().command('SET', keys.lock, `${token} somebody/1 else`, 'PX', '20000');
      const answers = waiters.map((program) => program.ask('acquire', { key: 'door' }));
      await eventually(() => redis().command('ZCARD', keys.queue), 2);
      const released = now();
      await redis().command('MULTI');
      for (const command of commands) await redis().command(...command);
      const [first, second] = (await redis().command('EXEC')) as unknown[];
      expect([first, second]).toEqual(commands[0] === release ? [RELEASED, 2] : [2, RELEASED]);

      const next = await Promise.race(answers.map(async (answer, i) => ({ i, ...(await answer) })));
      expect(next).toMatchObject({ granted: true });
      const { i, endedAt } = next as unknown as { i: number; endedAt: number };
      late.push(endedAt - released);
      await waiters[i]!.ask('release', { key: 'door' });
      await answers[1 - i];
      await waiters[1 - i]!.ask('release', { key: 'door' });
    }
    process.stdout.write(`c10-lost-messages.test.ts: noticed after ${late.map(Math.round).join(', ')} ms\n`);
    expect(Math.max(...late)).toBeLessThanOrEqual(LOST);
    expect(await keysLeft(redis())).toEqual([]);
  });
});

/** Does something again and again until it is stopped; then nothing of it is under way any more. */
function repeat(something: () => Promise<unknown>, pause: () => number): { stop(): Promise<void> } {
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      await something();
      await sleep(pause());
    }
  })();
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

/** Tells of every message that a script publishes. @returns how to stop that */
async function onGrant(listener: (channel: string, text: string) => void): Promise<() => void> {
  const monitor = await redis().admin();
  await monitor.monitor((line) => {
    const [, channel, text] = /lua\] "PUBLISH" "(latchkey:[^"]+)" "([^"]+)"$/i.exec(line) ?? [];
    if (channel !== undefined) listener(channel, text!);
  });
  return () => monitor.destroy();
}

async function expectServed(
  members: Member[],
  faults: () => Promise<{ stop(): Promise<void> }>,
): Promise<void> {
  const gathered = await Crowd.gather(redis().url, 'crowd', members);
  const { stop } = await faults();
  const verdict = await gathered.go().finally(stop);
  const gap = longestGap(verdict);
  process.stdout.write(`c10-lost-messages.test.ts: longest time without a holder ${gap.toFixed(0)} ms\n`);
  expectOneAtATime(members, verdict);
  expect(gap).toBeLessThanOrEqual(LOST);
  expect(await keysLeft(redis())).toEqual([]);
}

test('C10 S1 L2: with the connections for messages killed again and again, one at a time has the lock, after a second at most', async () => {
  let killed = 0;
  const patient = crowd.map((member) => ({ ...member, rounds: 30 }));
  await expectServed(patient, async () =>
    repeat(
      async () => (killed += Number(await redis().command('CLIENT', 'KILL', 'TYPE', 'pubsub'))),
      () => random() * 40,
    ),
  );
  process.stdout.write(`c10-lost-messages.test.ts: ${killed} connections killed\n`);
  expect(killed).toBeGreaterThanOrEqual(crowd.length);
});

test('C10 S1 L2: with every message doubled, now and later, one at a time has the lock', async () => {
  let doubled = 0;
  await expectServed(crowd, async () => {
    const late: Promise<unknown>[] = [];
    const deafen = await onGrant((channel, text) => {
      const again = async (): Promise<unknown> => redis().command('PUBLISH', channel, text);
      late.push(again(), again(), sleep(random() * 300).then(again));
      doubled++;
    });
    return {
      stop: async () => {
        deafen();
        await Promise.all(late);
      },
    };
  });
  expect(doubled).toBeGreaterThan(crowd.length);
});

test('C10 S1 L2: with forged messages among the real ones, one at a time has the lock', async () => {
  let heard = 0;
  const tokens: string[] = ['a'.repeat(27)];
  const forgeries = (): string[] => {
    const stranger = tokens[Math.floor(random() * tokens.length)]!;
    const at = `${Date.now()}000`;
    return [
      '',
      'x'.repeat(100_000),
      '\0\r\n',
      '{"token":"*"}',
      `${stranger} 20000 ${at} ${at}`,
      `${stranger} 1e9 1 1`,
      `* 20000 ${at} ${at}`,
      `__proto__ 20000 ${at} ${at}`,
    ];
  };
  await expectServed(crowd, async () => {
    // Tokens that were good once: by the time of the forgery they have had their grant.
    const deafen = await onGrant((_channel, text) => tokens.push(text.split(' ')[0]!));
    const flood = repeat(
      async () => {
        const channels = (await redis().command('PUBSUB', 'CHANNELS', 'latchkey:*')) as string[];
        const sent = channels.flatMap((channel) =>
          forgeries().map((text) => redis().command('PUBLISH', channel, text)),
        );
        for (const receivers of await Promise.all(sent)) heard += Number(receivers);
      },
      () => 2,
    );
    return {
      stop: () => {
        deafen();
        return flood.stop();
      },
    };
  });
  expect(heard).toBeGreaterThan(100);
});

describe('without the right to any channel', () => {
  beforeEach(async () => {
    await redis().command('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', 'resetchannels');
  });

  const deaf = (member: Member): Member => ({
    ...member,
    url: redis().url.replace('redis://', 'redis://deaf:secret@'),
  });
  const none = async (): Promise<{ stop(): Promise<void> }> => ({ stop: async () => undefined });

  test('C10 S1 L2: processes look from time to time instead, and one at a time has the lock', async () => {
    await expectServed(crowd.map(deaf), none);
    expect(await redis().command('PUBSUB', 'CHANNELS')).toEqual([]);
  });

  test('C10 S1 L2: they share a lock with processes that hear messages', async () => {
    await expectServed([...crowd.slice(0, 2), ...crowd.slice(2).map(deaf)], none);
  });
});
