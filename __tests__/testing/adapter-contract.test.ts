import { Redis } from 'ioredis';

import { type Adapter, ioredis, memory, nodeRedis } from '../../src/index.js';
import { adapterContract } from '../../src/testing/index.js';
import { rejection } from '../support/deferred.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});

/** Closed behind each test. */
const clients: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

const ofNodeRedis = async (): Promise<Adapter> => nodeRedis(await server.client());
const ofIoredis = (): Adapter => {
  const client = new Redis(server.port, '127.0.0.1');
  clients.push(client);
  return ioredis(client);
};

describe.each([
  ['node-redis', ofNodeRedis],
  ['ioredis', ofIoredis],
])('the contract is kept by %s', (_, make) => {
  it.each(adapterContract)('$name', async (check) => {
    await check.run(make);
    // What is left are fencing tokens, which go by themselves.
    for (const key of (await server.command('KEYS', '*')) as string[]) {
      expect(key).toMatch(/:fence$/);
      expect(await server.command('PTTL', key)).toBeGreaterThan(0);
    }
  });
});

describe('of memory(), which runs no Lua, the contract is kept with regard to locks', () => {
  it.each(adapterContract.filter(({ name }) => /^(two programs|many locks)/.test(name)))(
    '$name',
    async (check) => {
      const adapter = memory();
      await check.run(() => adapter);
    },
  );
});

/** An adapter that does all as it should but for what `change` does otherwise. */
const but = (change: (sound: Adapter) => Partial<Adapter>) => async (): Promise<Adapter> => {
  const sound = ofIoredis();
  return { ...sound, ...change(sound) };
};
const deep = (value: unknown, change: (leaf: unknown) => unknown): unknown =>
  Array.isArray(value) ? value.map((one) => deep(one, change)) : change(value);

/** What is wrong with an adapter, and by which words of which check it is found. */
const BROKEN: [fault: string, check: string, make: () => Promise<Adapter>, found: RegExp][] = [
  [
    'passes no keys',
    'run passes',
    but(({ run }) => ({ run: (script, _keys, args) => run({ ...script, keys: 1 }, [], args) })),
    /KEYS and ARGV of the script: expected/,
  ],
  [
    'loses the last argument',
    'run passes',
    but(({ run }) => ({ run: (script, keys, args) => run(script, keys, args.slice(0, -1)) })),
    /KEYS and ARGV of the script: expected/,
  ],
  [
    'passes keys in another order',
    'run passes',
    but(({ run }) => ({ run: (script, keys, args) => run(script, [...keys].reverse(), args) })),
    /KEYS and ARGV/,
  ],
  [
    'makes text of integers',
    'run brings',
    but(({ run }) => ({
      run: async (...call) =>
        deep(await run(...call), (leaf) => (typeof leaf === 'number' ? String(leaf) : leaf)),
    })),
    /the reply: expected \[1,0/,
  ],
  [
    'makes Buffers of text',
    'run passes',
    but(({ run }) => ({
      run: async (...call) =>
        deep(await run(...call), (leaf) => (typeof leaf === 'string' ? Buffer.from(leaf) : leaf)),
    })),
    /expected .* but it is/,
  ],
  [
    'swallows errors',
    'run rejects',
    but(({ run }) => ({ run: (...call) => run(...call).catch(() => null) })),
    /run of a script that ends with NOPERM not for you must reject, but it resolved with null/,
  ],
  [
    'rewords errors',
    'run rejects',
    but(({ run }) => ({
      run: (...call) =>
        run(...call).catch((error: unknown) => {
          throw new Error(`redis: ${(error as Error).message}`);
        }),
    })),
    /must reject with the server's error "NOPERM not for you"/,
  ],
  [
    'tries again after an error',
    'run does not',
    but(({ run }) => ({ run: (...call) => run(...call).catch(() => run(...call)) })),
    /how often a script ran that ended with NOPERM: expected "1", but it is "2"/,
  ],
  [
    'knows no EVAL',
    'run runs',
    but(({ run }) => ({
      run: async (script, keys, args) => {
        if (script.name === 'adapter-check') throw new Error('NOSCRIPT No matching script');
        return run(script, keys, args);
      },
    })),
    /NOSCRIPT/,
  ],
  [
    'sends everything twice',
    'run runs',
    but(({ run }) => ({ run: async (...call) => (await run(...call), run(...call)) })),
    /how often it has run: expected 1, but it is 2/,
  ],
  [
    'confuses replies',
    'run gives',
    but(({ run }) => {
      let before: Promise<unknown> | undefined;
      return {
        run: (...call) => {
          const now = run(...call);
          const told = before ?? now;
          before = now;
          return told;
        },
      };
    }),
    /the reply to call 1: expected \["1"\]/,
  ],
  [
    'never answers',
    'run passes',
    but(() => ({ run: () => new Promise(() => undefined) })),
    /run has not settled after 5000 ms/,
  ],
  [
    'listens late',
    'subscribe resolves',
    but(({ subscribe }) => ({
      subscribe: async (...call) => {
        const stop = new Promise<() => Promise<void>>((resolve) =>
          setTimeout(() => void subscribe(...call).then(resolve), 300),
        );
        return async () => (await stop)();
      },
    })),
    /the messages: expected/,
  ],
  [
    'delivers twice',
    'subscribe resolves',
    but(({ subscribe }) => ({
      subscribe: (channel, listener, signal) =>
        subscribe(
          channel,
          (text) => {
            listener(text);
            listener(text);
          },
          signal,
        ),
    })),
    /the messages: expected/,
  ],
  [
    'does not unsubscribe',
    'unsubscribe ends',
    but(({ subscribe }) => ({
      subscribe: async (...call) => (await subscribe(...call), async () => undefined),
    })),
    /how many messages came after unsubscribe: expected 0, but it is 1/,
  ],
  [
    'unsubscribes for itself only',
    'unsubscribe ends',
    but(({ subscribe }) => ({
      subscribe: async (channel, listener, signal) => {
        let on = true;
        await subscribe(
          channel,
          (text) => {
            if (on) listener(text);
          },
          signal,
        );
        return async () => void (on = false);
      },
    })),
    /how many listen after unsubscribe: expected 0, but it is 1/,
  ],
  [
    'delivers to the wrong listener',
    'a listener gets',
    but(({ subscribe }) => {
      const listeners: ((text: string) => void)[] = [];
      return {
        subscribe: (channel, listener, signal) => {
          listeners.push(listener);
          return subscribe(channel, (text) => listeners[0]!(text), signal);
        },
      };
    }),
    /which channel was told what/,
  ],
  [
    'stops all listeners with one',
    'of two listeners',
    but(({ subscribe }) => {
      let on = true;
      return {
        subscribe: async (channel, listener, signal) => {
          on = true;
          const stop = await subscribe(
            channel,
            (text) => {
              if (on) listener(text);
            },
            signal,
          );
          return async () => {
            on = false;
            await stop();
          };
        },
      };
    }),
    /who heard the second message: expected \["b"\], but it is \[\]/,
  ],
  [
    'reads messages as JSON',
    'subscribe resolves',
    but(({ subscribe }) => ({
      subscribe: (channel, listener, signal) =>
        subscribe(
          channel,
          (text) => {
            try {
              listener(JSON.parse(text) as string);
            } catch {
              listener(text);
            }
          },
          signal,
        ),
    })),
    /the messages: expected .*"12"\], but it is .*12\]/,
  ],
  [
    'loses the abort signal',
    'of a subscription',
    but(({ subscribe }) => ({
      subscribe: async (channel, listener, signal) => {
        const stop = await subscribe(channel, listener);
        signal?.throwIfAborted();
        return stop;
      },
    })),
    /how many listen to what was called off: expected 0, but it is 1/,
  ],
  [
    'counts listeners that it can not count',
    'the number',
    but(({ run }) => ({
      run: async (script, keys, args) => {
        const reply = await run(script, keys, args);
        return script.source.includes('PUBLISH') && typeof reply === 'number' && reply > 0 ? 0 : reply;
      },
    })),
    /set countsListeners to false/,
  ],
  [
    'joins what is no flag',
    'what the adapter says',
    but(() => ({ joins: 'yes' as never })),
    /joins must be true, false or left out, not yes/,
  ],
  [
    'joins over servers that can not',
    'what the adapter says',
    but(({ run }) => ({
      run: async (script, keys, args) => {
        if (keys.some((key) => key.includes('check:a'))) throw new Error('CROSSSLOT');
        return run(script, keys, args);
      },
    })),
    /the keys of several locks, which an adapter that joins can run/,
  ],
];

describe('of adapters that are checked all at once, since some of them keep a check waiting', () => {
  const outcomes = new Map<string, Promise<unknown>>();
  beforeAll(async () => {
    for (const [fault, name, make] of BROKEN) {
      const [check] = adapterContract.filter((one) => one.name.startsWith(name));
      outcomes.set(fault, rejection(check!.run(make)));
    }
    await Promise.allSettled(outcomes.values());
  });

  it.each(BROKEN)('one that %s is found out by: %s …', async (fault, _name, _make, found) => {
    expect(await outcomes.get(fault)).toMatchObject({ message: expect.stringMatching(found) });
  });
});

it('a check that fails closes what it has opened', async () => {
  const lockChecks = adapterContract.filter(({ name }) => name.startsWith('two programs'));
  for (const check of lockChecks)
    await rejection(check.run(but(({ run }) => ({ run: (...call) => run(...call).then(() => [0]) }))));

  expect(await server.command('PUBSUB', 'CHANNELS', 'latchkey:*')).toEqual([]);
});
