import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis } from '../../src/index.js';
import { killPrograms, now } from '../programs/program.js';
import { Crowd, duration, expectOneAtATime, type Member } from '../support/crowd.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

/** Nobody looks again at a lock sooner than this, in ms, once it would hear of its grant. */
const LOOK = 500;
/** Sections that one ownership serves at most. */
const IN_A_ROW = 11;

const redis = sharedRedis();

afterEach(killPrograms);

/** How many scripts clients have run so far: a locker sends nothing else. What a script calls is not counted. */
async function scriptsRun(): Promise<number> {
  const info = String(await redis().command('INFO', 'commandstats'));
  const calls = [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Has the scripts in the server's cache, so that each of them is one command. */
beforeEach(async () => {
  const client = await redis().client();
  const locker = createLocker(nodeRedis(client));
  await locker.withLock('warm', () => undefined);
  await locker.close();
  client.destroy();
});

test('a section that nobody else wants costs exactly two commands, and the first one a question more', async () => {
  const [member]: [Member] = [{ callers: 1, rounds: 200, body: 0 }];
  const crowd = await Crowd.gather(redis().url, 'alone', [member]);
  const before = await scriptsRun();
  expectOneAtATime([member], await crowd.go());
  // The question is what the server does when its memory is used up.
  expect((await scriptsRun()) - before).toBe(2 * member.rounds + 1);
});

test.each([
  [1, 60, 1],
  // As many rounds as make full ownerships of all sections.
  [8, 22, IN_A_ROW],
])(
  'with %i callers in each of four processes, an ownership costs two commands or less',
  async (callers, rounds, inARow) => {
    const members = Array.from({ length: 4 }, () => ({ callers, rounds, body: 1 }));
    const crowd = await Crowd.gather(redis().url, 'wanted', members);
    const before = await scriptsRun();
    const verdict = await crowd.go();
    const commands = (await scriptsRun()) - before;
    expectOneAtATime(members, verdict);

    // A release, and a place in the queue, which travel together when others of the process wait; no command for the
    // grant, nor for who waits in the line.
    const owned = verdict.sections.length / inARow;
    // Before a process can hear messages, it asks now and then, after random pauses of 5 ms and more, which grow.
    const starting = members.length * 10;
    const took = duration(verdict);
    const looks = members.length * Math.ceil(took / LOOK);
    process.stdout.write(
      `commands.test.ts: ${callers} callers in each process: ${commands} commands for ` +
        `${verdict.sections.length} sections in ${Math.round(took)} ms\n`,
    );
    expect(commands).toBeGreaterThanOrEqual(owned);
    expect(commands).toBeLessThanOrEqual(2 * owned + starting + looks);
  },
);

test('200 waiters in two processes send no more than four commands in a second while the lock is held', async () => {
  const members = Array.from({ length: 2 }, () => ({ callers: 100, rounds: 1, body: 0 }));
  const client = await redis().client();
  const locker = createLocker(nodeRedis(client));
  const held = await locker.acquire('held');
  const crowd = await Crowd.gather(redis().url, 'held', members);
  const ended = crowd.go();
  await eventually(() => redis().command('ZCARD', '{lock:held}:~v1:queue'), members.length);

  const before = await scriptsRun();
  const start = now();
  await sleep(2_000);
  const commands = (await scriptsRun()) - before;
  const seconds = (now() - start) / 1_000;

  const released = now();
  expect(await held.release()).toBe('released');
  const verdict = await ended;
  expectOneAtATime(members, verdict);
  const { sections } = verdict;
  process.stdout.write(
    `commands.test.ts: 200 waiters sent ${commands} commands in ${seconds.toFixed(2)} s; after the release, the first ` +
      `was served after ${(sections[0]!.entered - released).toFixed(1)} ms, ` +
      `the last after ${(sections.at(-1)!.left - released).toFixed(0)} ms\n`,
  );
  expect(commands).toBeLessThanOrEqual(4 * seconds);
  // They look all the same: a waiter that never does would not notice a lost message.
  expect(commands).toBeGreaterThanOrEqual(members.length);
  await locker.close();
});
