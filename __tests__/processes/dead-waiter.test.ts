import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { countStandstill } from '../support/standstill.js';

const KEY = 'door';
/**
 * What a hand-over from process to process may take on a busy machine, in ms. The release has told the waiter, so that
 * nobody waits for a look: the first of these comes 500 ms after the place in the queue was taken.
 */
const HAND_OVER = 250;
/** How long a place in the queue is kept without a word from who waits there, in ms. */
const PLACE = 3_000;
/** Nobody looks later than this at a lock that it waits for, in ms. */
const LOOK = 900;

type Answer = ReturnType<Program['ask']>;

const redis = sharedRedis();
const standstill = countStandstill();
let holder: Program;
let head: Program;
let second: Program;
let third: Program;

beforeEach(async () => {
  const programs = Array.from(
    { length: 4 },
    () => new Program('lock-client.mjs', { REDIS_URL: redis().url }),
  );
  await Promise.all(programs.map((program) => program.next()));
  [holder, head, second, third] = programs as [Program, Program, Program, Program];
  await holder.ask('acquire', { key: KEY });
});

afterEach(killPrograms);

const release = (program: Program): Answer => program.ask('release', { key: KEY });

/** Lets a program wait for the lock; resolves when it has its place behind `ahead` others. */
async function queue(program: Program, ahead: number, options = {}): Promise<{ granted: Answer }> {
  const granted = program.ask('acquire', { key: KEY, options });
  await eventually(() => redis().command('ZCARD', `{lock:${KEY}}:~v1:queue`), ahead + 1);
  return { granted };
}

/** Lets the three wait one behind the other. */
async function queueAll(options = {}): Promise<[Answer, Answer, Answer]> {
  const first = await queue(head, 0, options);
  const next = await queue(second, 1);
  const last = await queue(third, 2);
  return [first.granted, next.granted, last.granted];
}

async function expectHolder(program: Program): Promise<void> {
  expect(await redis().command('GET', `lock:${KEY}`)).toMatch(new RegExp(`/${program.pid} acquire$`));
}

test('a waiter that was killed at the head of the queue keeps nobody waiting, and the others keep their order', async () => {
  const [ofHead, ofSecond, ofThird] = await queueAll();
  void ofHead.catch(() => undefined);
  head.kill('SIGKILL');
  expect((await head.ended).signal).toBe('SIGKILL');
  // Its socket is closed by now; the server has seen that when only the two living ones listen.
  await eventually(async () => ((await redis().command('PUBSUB', 'CHANNELS')) as string[]).length, 2);

  const { startedAt } = await release(holder);
  const { endedAt, ...grant } = await ofSecond;
  expect(grant).toMatchObject({ granted: true });
  await expectHolder(second);

  const handedOver = await release(second);
  const last = await ofThird;
  await expectHolder(third);
  const waits = [endedAt - startedAt, last['endedAt'] - handedOver['startedAt']] as number[];
  process.stdout.write(
    `dead-waiter.test.ts: past a dead head, granted after ${waits.map((ms) => ms.toFixed(1)).join(' and ')} ms\n`,
  );
  expect(Math.max(...waits)).toBeLessThanOrEqual(HAND_OVER);

  await release(third);
  // The dead one's place is all that is left: it stops nobody, and goes by itself.
  for (const key of await keysLeft(redis())) {
    expect(key).toMatch(/:(?:queue|waiters)$/);
    const ttl = Number(await redis().command('PTTL', key));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(PLACE);
  }
  const { startedAt: asked, endedAt: got } = await holder.ask('acquire', { key: KEY });
  expect(got - asked).toBeLessThanOrEqual(HAND_OVER);
});

describe('a waiter that was stopped at the head of the queue is granted the lock, and loses it with its ttl', () => {
  // Longer than anybody goes without a look: so everybody has learned of this expiry before it comes.
  const TTL = LOOK + 200;

  /** Stops the head, lets the holder release to it, and resolves when the next one has the lock instead. */
  async function outwait([, ofSecond]: [Answer, Answer, Answer]): Promise<{ fencingToken: number }> {
    head.kill('SIGSTOP');
    const before = standstill();
    const { startedAt, endedAt } = await release(holder);
    await expectHolder(head);
    const grant = await ofSecond;
    const stood = standstill() - before;
    process.stdout.write(
      `dead-waiter.test.ts: past a stopped head with a ttl of ${TTL} ms, granted after ` +
        `${(grant['endedAt'] - startedAt).toFixed(0)} ms\n`,
    );
    // PTTL is in whole ms.
    expect(grant['endedAt'] - startedAt).toBeGreaterThanOrEqual(TTL - 1);
    expect(grant['endedAt'] - endedAt).toBeLessThanOrEqual(TTL + 100 + stood);
    return { fencingToken: grant['fencingToken'] as number };
  }

  test('when it goes on, it does not take the old grant for its own, but waits for another one', async () => {
    const answers = await queueAll({ ttl: TTL });
    const [ofHead, , ofThird] = answers;
    const { fencingToken } = await outwait(answers);

    let believes = false;
    void ofHead.then(() => (believes = true));
    head.kill('SIGCONT');
    // It has read the old grant when it has asked for a new place, which is the second one behind the third's.
    await eventually(() => redis().command('ZCARD', `{lock:${KEY}}:~v1:queue`), 2);
    expect(believes).toBe(false);
    await expectHolder(second);

    await release(second);
    const last = await ofThird;
    expect(believes).toBe(false);
    const { startedAt } = await release(third);
    const again = await ofHead;
    expect(again['endedAt']).toBeGreaterThan(startedAt as number);
    expect(again['endedAt'] - startedAt).toBeLessThanOrEqual(HAND_OVER);
    expect(again['remaining']).toBeGreaterThan(0);
    const fences = [fencingToken, last['fencingToken'] as number, again['fencingToken'] as number];
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
    expect(await release(head)).toMatchObject({ heldBefore: true, outcome: 'released' });
    expect(await keysLeft(redis())).toEqual([]);
  });

  test('when its timeout has passed, it is refused and leaves the present holder alone', async () => {
    const timeout = TTL;
    const startedAt = now();
    const answers = await queueAll({ ttl: TTL, timeout });
    await outwait(answers);
    await sleep(startedAt + timeout + 10 - now());

    head.kill('SIGCONT');
    expect(await answers[0]).toMatchObject({ error: { code: 'LOCK_TIMEOUT', key: KEY } });
    // What it takes back is its own: the lock stays with whoever has it, who hands it over in order.
    await head.ask('close');
    await expectHolder(second);
    await release(second);
    await answers[2];
    await release(third);
    expect(await keysLeft(redis())).toEqual([]);
  });
});
