import { readArguments } from '../../../proof/simulation/arguments.js';
import { play } from '../../../proof/simulation/schedule.js';
import { add, describe as tell, emptyTally, merge, whatIsMissing } from '../../../proof/simulation/tally.js';

test.each([
  ['a long', false],
  ['a brief', true],
])(
  'the same seed is the same schedule, %s one too, and another seed another one',
  async (_length, brief) => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 100; seed++) {
      const once = await play(seed, { brief });
      const again = await play(seed, { brief, recording: true });
      expect({ seed, hash: again.hash, violations: again.violations }).toEqual({
        seed,
        hash: once.hash,
        violations: [],
      });
      expect(again.lines.length).toBeGreaterThan(10);
      expect(once.calls).toBeGreaterThanOrEqual(12);
      expect(once.events).toBeGreaterThanOrEqual(500);
      expect(once.kinds.length).toBeGreaterThanOrEqual(3);
      hashes.add(once.hash);
    }
    expect(hashes.size).toBe(100);
  },
  30_000,
);

test('when all is well, locks are granted soon and in turn', async () => {
  const tally = emptyTally();
  for (let seed = 1; seed <= 12; seed++) {
    const played = await play(seed, { liveness: true });
    expect({ seed, violations: played.violations }).toEqual({ seed, violations: [] });
    add(tally, played);
  }
  const { one, several } = merge(tally, emptyTally()).liveness;
  expect(one?.gaps).toBeGreaterThan(100);
  expect(several?.gaps).toBeGreaterThan(100);
  expect(one?.unfair).toBeGreaterThan(1);
  expect(tell(tally, 1)).toMatch(
    /^one: \d+ times free while somebody waited, \d+\.\d ms at most, the most a process/m,
  );
}, 30_000);

test('kinds that are left out do not happen', async () => {
  const { kinds } = await play(3);
  const [first] = kinds;
  const without = await play(3, { without: new Set([first!]) });
  expect(without.kinds).toEqual(kinds.filter((kind) => kind !== first));
});

test('a long run that has not seen something is vacuous, a short one may be', async () => {
  const tally = emptyTally();
  add(tally, await play(1));
  expect(whatIsMissing(tally)).toEqual([]);
  const long = merge(tally, { ...emptyTally(), schedules: 999 });
  expect(long.schedules).toBe(1_000);
  expect(whatIsMissing(long).length).toBeGreaterThan(0);
  for (const name of Object.keys(long.counts)) long.counts[name] = 1;
  expect(whatIsMissing(long)).toEqual([]);
});

test.each([
  [['--seeds', '0'], '--seeds must be an integer from 1 to 10000000, not 0'],
  [['--seed', 'x'], '--seed must be an integer from 1 to 1010000000, not x'],
  [['--workers'], '--workers must have a value'],
  [['--sed', '1'], 'there is no option --sed'],
  [['--without', 'kill,rain'], 'not rain'],
])('%j is refused', (words, message) => {
  expect(() => readArguments(words)).toThrow(message);
});

test('what is given is read', () => {
  expect(readArguments(['--seeds', '5', '--from', '7', '--workers', '2', '--without', 'kill'])).toEqual({
    seeds: 5,
    from: 7,
    workers: 2,
    seed: undefined,
    without: ['kill'],
    liveness: false,
    brief: false,
  });
  expect(readArguments(['--liveness', '--seed', '5'])).toMatchObject({ liveness: true, seed: 5 });
  expect(readArguments(['--brief'])).toMatchObject({ liveness: false, brief: true });
});

test.each([
  ['a caller served with a grant from before a restart', 372],
  ["a server's clock is set back, and an operator deletes locks", 2111],
  ['a call behind a loss that is served with what its process had before it', 11206],
  ["a server's clock is set ahead while who waits stands still", 5006],
  ["a server's clock is set ahead, and who stood still comes behind a newer holder", 23506],
  [
    "a server's clock is set ahead before who gets the lock comes, in a process that waits for it already",
    196636,
  ],
  ["a server's clock is set ahead, and the grant is long under way", 195011],
  ['a failover that brings back a queue, in which a process waits for what it has lost by it', 498162],
  ['the same under a list that waits for another lock meanwhile', 771010],
])('%s is no violation (seed %i)', async (_, seed) => {
  expect((await play(seed)).violations).toEqual([]);
});
