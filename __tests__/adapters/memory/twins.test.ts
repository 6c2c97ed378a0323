import * as fc from 'fast-check';

import { type Adapter, memory, nodeRedis } from '../../../src/index.js';
import { twins } from '../../../src/adapters/memory/twins.js';
import * as scripts from '../../../src/scripts/generated.js';
import { pause } from '../../support/pause.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';

const SHORT = 30;
const LONG = 10_000;
/** How much time a step lets pass: the end of every key with the short ttl. */
const STEP = 45;

type Command =
  | { do: 'acquire'; key: string; token: string; ttl: number; who: string }
  | { do: 'release'; key: string; token: string }
  | { do: 'set'; key: string; value: string; ttl: number | undefined }
  | { do: 'delete'; key: string }
  | { do: 'let time pass' };

const key = fc.constantFrom('a', 'b');
const token = fc.constantFrom('token', 'other', 'token2');
const who = fc.constantFrom('host/1 Class.method', '', ' ', 'é 🔑', 'tok');
const ttl = fc.constantFrom(SHORT, LONG);
const value = fc.oneof(
  fc.constantFrom('', ' ', 'token', 'token ', 'token2x y', '5d4b5b1e-77ff-11f1', 'éé x', 'ééx y', '🔑k z'),
  fc.string({ unit: fc.constantFrom('t', 'o', ' ', 'é', '🔑'), maxLength: 10 }),
);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant('acquire'), key, token, ttl, who }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('release'), key, token }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('set'), key, value, ttl: fc.option(ttl, { nil: undefined }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('let time pass') }) },
);

/** Where the commands go: two worlds that must give the same replies. */
interface World {
  readonly adapter: Adapter;
  set(key: string, value: string, ttl: number | undefined): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
}

function send(world: World, step: Exclude<Command, { do: 'let time pass' }>): Promise<unknown> {
  switch (step.do) {
    case 'acquire':
      return world.adapter.run(scripts.mutexAcquire, [step.key], [step.token, String(step.ttl), step.who]);
    case 'release':
      return world.adapter.run(scripts.mutexRelease, [step.key], [step.token]);
    case 'set':
      return world.set(step.key, step.value, step.ttl);
    case 'delete':
      return world.delete(step.key);
  }
}

/** The replies to `commands`, then what is at the keys; and the longest time in ms that passed between two steps of time. */
async function play(world: World, commands: Command[], letTimePass: () => Promise<void> | void) {
  const replies: unknown[] = [];
  let longest = 0;
  let since = performance.now();
  const noteTime = (): void => void (longest = Math.max(longest, performance.now() - since));
  for (const step of commands) {
    if (step.do === 'let time pass') {
      noteTime();
      await letTimePass();
      since = performance.now();
    } else {
      replies.push(await send(world, step));
    }
  }
  replies.push(await world.get('a'), await world.get('b'));
  noteTime();
  return { replies, longest };
}

/** `replies` without the ms that are left of a ttl, and those ms. */
function apart(replies: unknown[]) {
  const left: number[] = [];
  const rest = replies.map((reply) => {
    const [granted, ms, holder] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (typeof ms !== 'number' || ms === -1) return reply;
    left.push(ms);
    return [granted, 'ms left', holder];
  });
  return { left, rest };
}

describe('the twins of the scripts', () => {
  let server: RedisServer;
  let real: World;

  beforeAll(async () => {
    server = await startRedis();
    const client = await server.client();
    real = {
      adapter: nodeRedis(client),
      set: (key, value, ttl) => client.set(key, value, ttl === undefined ? {} : { PX: ttl }),
      delete: (key) => client.del(key),
      get: (key) => client.get(key),
    };
  });

  it('are there for every script', () => {
    expect([...twins.keys()].sort()).toEqual(
      Object.values(scripts)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('refuse a script that they do not know', async () => {
    const unknown = { ...scripts.mutexAcquire, name: 'unknown' };
    await expect(memory().run(unknown, ['key'], [])).rejects.toThrow(
      'ERR memory() does not know the script unknown',
    );
  });

  it('answer as a real server does, whatever the order of the commands', async () => {
    const seen = new Set<unknown>();
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 2, maxLength: 20 }),
      async (commands) => {
        let time = 0;
        const adapter = memory({ now: () => time });
        const { keyspace } = adapter;
        const twin: World = {
          adapter,
          set: async (key, value, ttl) => (keyspace.set(key, value, ttl) ? 'OK' : null),
          delete: async (key) => Number(keyspace.delete(key)),
          get: async (key) => keyspace.get(key),
        };
        await server.command('FLUSHALL');
        const started = performance.now();
        const expected = await play(real, commands, () => pause(STEP));
        const elapsed = performance.now() - started;
        const actual = await play(twin, commands, () => void (time += STEP));
        // On a machine too busy to send the commands before the short ttl is over, the list says nothing.
        fc.pre(expected.longest < SHORT - 5);

        const [wanted, got] = [apart(expected.replies), apart(actual.replies)];
        expect(got.rest).toEqual(wanted.rest);
        // The twin's time stands still between the steps; Redis has lost at most what really passed, and rounds to 1 ms.
        const ahead = elapsed - time + 1;
        got.left.forEach((left, i) => {
          expect(left - wanted.left[i]!).toBeGreaterThanOrEqual(-1);
          expect(left - wanted.left[i]!).toBeLessThanOrEqual(ahead);
        });
        for (const reply of wanted.rest) seen.add(JSON.stringify(reply));
      },
    );
    await fc.assert(property, { numRuns: 200 });
    // The lists are no proof if they never get far.
    expect(seen).toContain('[1]');
    expect(seen).toContain('[0]');
    expect(seen).toContain('[0,"ms left","host/1 Class.method"]');
    expect(seen).toContain('[0,-1,""]');
    expect(seen.size).toBeGreaterThan(20);
  });
});
