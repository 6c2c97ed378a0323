import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory, type MemoryAdapter } from '../../src/index.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

const TTL = 1_000;
const COMMAND_TIMEOUT = 200;
/** What a server can do with all that it is asked. */
const WAYS = ['ok', 'taken', 'error', 'hang', 'late', 'slow'] as const;
type Way = (typeof WAYS)[number];
/** Sooner than a majority that has answered stops waiting for the others. */
const LATE = 40;
/** Later than the lease. */
const SLOW = TTL + 100;
const FOREIGN = 'somebody-else';

/** A server that does all of one kind of thing, in virtual time. */
function server(way: Way, environment: VirtualEnvironment): Adapter & Pick<MemoryAdapter, 'keyspace'> {
  const adapter = memory({ now: () => environment.wall });
  if (way === 'taken') adapter.keyspace.set('lock:k', FOREIGN);
  const after = (ms: number): Promise<void> =>
    new Promise((resolve) => void environment.timers.set(resolve, ms, true));
  return {
    keyspace: adapter.keyspace,
    subscribe: (...call) => adapter.subscribe(...call),
    async run(...call) {
      if (way === 'error') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      if (way === 'hang') await new Promise<never>(() => undefined);
      const reply = await adapter.run(...call);
      if (way === 'late') await after(LATE);
      if (way === 'slow') await after(SLOW);
      return reply;
    },
  };
}

function* mixesOf(servers: number): Generator<Way[]> {
  if (servers === 0) yield [];
  else for (const rest of mixesOf(servers - 1)) for (const way of WAYS) yield [...rest, way];
}

/** One call that does not wait, over servers with these ways. @returns what is wrong with what came of it */
async function play(ways: Way[]): Promise<string[]> {
  const environment = new VirtualEnvironment();
  const servers = ways.map((way) => server(way, environment));
  const options = { ttl: TTL, commandTimeout: COMMAND_TIMEOUT, ...(ways.length > 1 && { maxTtl: 0 }) };
  const locker = new EngineLocker(servers, options, environment);
  const wrong: string[] = [];
  const majority = Math.floor(ways.length / 2) + 1;
  const inTime = ways.filter((way) => way === 'ok' || way === 'late').length;

  let settled: { lock?: Awaited<ReturnType<typeof locker.tryAcquire>>; error?: unknown } | undefined;
  locker.tryAcquire('k').then(
    (lock) => (settled = { lock }),
    (error: unknown) => (settled = { error }),
  );
  // The lock, and then the fencing token, each of which may take as long as a command may.
  await environment.pass(2 * COMMAND_TIMEOUT + 2);
  if (settled === undefined) return ['never settles'];
  const lock = settled.lock ?? undefined;
  if ((lock !== undefined) !== inTime >= majority) wrong.push(lock ? 'granted' : 'not granted');
  if (lock !== undefined) {
    const held = servers.filter(({ keyspace }) => keyspace.get('lock:k')?.startsWith('token-')).length;
    if (held < majority) wrong.push(`held on ${held} servers`);
    const fences = servers.map(({ keyspace }) => Number(keyspace.get('{lock:k}:~v1:fence') ?? 0));
    if (fences.filter((fence) => fence >= lock.fencingToken).length < majority) wrong.push('fence not known');
    let outcome: string | undefined;
    void lock.release().then((released) => (outcome = released));
    await environment.pass(COMMAND_TIMEOUT + 2);
    if (outcome !== 'released') wrong.push(`release: ${outcome}`);
  }
  // All that was under way comes to its end.
  await environment.pass(2 * SLOW);
  for (const [i, { keyspace }] of servers.entries()) {
    const left = keyspace.get('lock:k');
    if (left !== (ways[i] === 'taken' ? FOREIGN : null)) wrong.push(`server ${i} has ${left}`);
  }
  if (environment.pendingInForeground > 0) wrong.push('a timer is left');
  return wrong;
}

describe('D7 S1 L1 R1: every mix of what servers can do', () => {
  let played = 0;

  it.each([1, 2, 3, 4, 5])(
    'of %i servers: granted if a majority says so in time, and nothing is left',
    async (n) => {
      const wrong: string[] = [];
      for (const ways of mixesOf(n)) {
        played++;
        for (const what of await play(ways)) wrong.push(`${ways.join()}: ${what}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it('was played', () => {
    expect(played).toBe(9_330);
  });
});
