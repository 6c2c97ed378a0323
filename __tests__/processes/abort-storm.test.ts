import { killPrograms, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

/** As many as may wait by default. */
const WAITERS = 10_000;
/** How long the lock may take that nobody has any more, in ms: less than anybody goes without a look, or than a lost grant costs. */
const AT_ONCE = 250;

const redis = sharedRedis();

afterEach(killPrograms);

async function run(way: string, count: number): Promise<Record<string, number>> {
  const program = new Program('abort-storm.mjs', { REDIS_URL: redis().url }, [way, String(count)]);
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  process.stdout.write(`abort-storm.test.ts: ${way}: ${stdout}`);
  expect(await keysLeft(redis())).toEqual([]);
  return JSON.parse(stdout) as Record<string, number>;
}

test.each(['one signal for all', 'a signal for each'])(
  'E4 L1 R1, E5 E1: 10,000 waiters cancelled in one tick, with %s, all end with its reason, in order, and leave nothing behind',
  async (way) => {
    const { took, again, ...report } = await run(way, WAITERS);
    expect(report).toEqual({
      refused: 'LOCK_QUEUE_FULL',
      listening: 1,
      listeners: 0,
      timersLeft: 0,
      keys: ['lock:door'],
      outcome: 'released',
      reasons: WAITERS,
      inOrder: true,
    });
    expect(took).toBeLessThan(2_000);
    expect(again).toBeLessThan(AT_ONCE);
  },
);

test.each(['a lock of this process', 'a lock of another process'])(
  'E4 L2 R1: waiters cancelled while %s is being granted to them lose no grant',
  async (way) => {
    const rounds = 30;
    const waiters = 200;
    const { granted, reasons, others, again } = await run(way, waiters);
    expect(granted! + reasons!).toBe(rounds * waiters);
    expect(others).toBe(0);
    // Every third time, they are cancelled in the very tick in which one of them is granted.
    expect(granted).toBeGreaterThanOrEqual(rounds / 3);
    expect(again).toBeLessThan(AT_ONCE);
  },
);
