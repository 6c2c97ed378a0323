import { once } from 'node:events';

import { createLocker, type Lock, LockLostError, memory, nodeRedis, setDefaultLocker } from '../src/index.js';
import { killPrograms, Program } from './programs/program.js';
import { rejection } from './support/deferred.js';
import { Exhibits, PASSWORD } from './support/exhibits.js';
import { stage } from './support/stage.js';

const { server, exhibits, locker, failureOf, afterwards } = stage();

/** Why a holder's call lost its lock, which is to be seen in many places. */
async function lossOf(options: object, lose: (lock: Lock) => unknown = () => undefined): Promise<string> {
  const work = async (lock: Lock): Promise<never> => {
    exhibits().add('lock', lock);
    const aborted = once(lock.signal, 'abort');
    void lose(lock);
    await aborted;
    exhibits().add('lost lock', lock);
    exhibits().add('signal', lock.signal);
    exhibits().add('reason', lock.signal.reason);
    expect(() => lock.assertHeld()).toThrow(LockLostError);
    throw new Error('of the work');
  };
  const call = ours.withLock('k', work, { ttl: 300, ...options });
  const error = exhibits().add('error of the work', (await rejection(call)) as Error);
  return (error.cause as LockLostError).reason;
}

let ours: ReturnType<typeof locker>;
beforeEach(() => {
  ours = locker();
});

const SCENES: [scene: string, outcome: unknown, play: () => Promise<unknown>][] = [
  [
    'a lock that somebody else has',
    ['LOCK_TIMEOUT', 'LOCK_TIMEOUT', null],
    async () => {
      exhibits().add('lock', await locker().acquire('k'));
      return [
        await failureOf(ours.acquire('k', { timeout: 600 })),
        await failureOf(ours.withLock('k', () => undefined, { timeout: 0 })),
        await ours.tryAcquire('k'),
      ];
    },
  ],
  [
    'a lock that another program has',
    'LOCK_TIMEOUT',
    async () => {
      await server().command('SET', 'lock:k', `${PASSWORD} of another program`);
      return failureOf(ours.acquire('k', { timeout: 600 }));
    },
  ],
  [
    'too many waiters',
    'LOCK_QUEUE_FULL',
    async () => {
      const narrow = locker(undefined, { maxWaiters: 1 });
      await narrow.acquire('k');
      const waiting = failureOf(narrow.acquire('k'));
      afterwards(() => waiting);
      afterwards(() => narrow.close({ grace: 0 }));
      return failureOf(narrow.acquire('k'));
    },
  ],
  [
    'a wait that is called off',
    'AbortError',
    async () => {
      await ours.acquire('k');
      const abort = new AbortController();
      const call = failureOf(ours.acquire('k', { signal: abort.signal }));
      abort.abort();
      return call;
    },
  ],
  [
    'a locker that was closed',
    ['LOCK_CLOSED', 'LOCK_CLOSED'],
    async () => {
      await ours.acquire('k');
      const waiting = failureOf(ours.acquire('k'));
      await ours.close({ grace: 0 });
      return [await waiting, await failureOf(ours.acquire('k'))];
    },
  ],
  [
    'bad keys',
    ['LOCK_KEY', 'LOCK_KEY'],
    async () => {
      const keyOf = (): string => {
        throw new Error('no key');
      };
      const broken = ours.wrap(keyOf, async () => undefined);
      return [await failureOf(broken()), await failureOf(ours.acquire(''))];
    },
  ],
  ['a lock that is taken away', 'taken', () => lossOf({}, () => server().command('DEL', 'lock:k'))],
  ['a lease that ends', 'expired', () => lossOf({ extend: false })],
  ['a lock that is held for too long', 'max-hold', () => lossOf({ maxHold: 100 })],
  ['a holder whose locker closes', 'closed', () => lossOf({}, () => ours.close({ grace: 0 }))],
];

test.each(SCENES)('no token and no password is to be seen of %s', async (_scene, outcome, play) => {
  expect(await play()).toEqual(outcome);
  exhibits().add('locker', ours);
  expect(exhibits().count).toBeGreaterThan(5);
  expect(exhibits().leaks()).toEqual([]);
});

describe('the address of a server, given by mistake', () => {
  const url = `redis://default:${PASSWORD}@redis.example.org:6379`;
  const mistake = url as never;

  it.each<[string, () => unknown]>([
    ['createLocker', () => createLocker(mistake)],
    ['createLocker as options', () => createLocker(memory(), mistake)],
    ['createLocker as prefix', () => createLocker(memory(), { prefix: `{}${url}` })],
    ['nodeRedis', () => nodeRedis(mistake)],
    ['setDefaultLocker', () => setDefaultLocker(mistake)],
    ['on', () => createLocker(memory()).on(mistake, () => undefined)],
    ['withLock as options', () => createLocker(memory()).withLock('k', () => undefined, mistake)],
  ])('does not show its password: %s', async (_, use) => {
    const error = await rejection((async () => use())());
    expect((error as Error).name).toMatch(/^(Type|Range)Error$/);
    exhibits().add('error', error);
    expect(exhibits().leaks()).toEqual([]);
  });
});

describe('a program with NODE_DEBUG=latchkey', () => {
  afterEach(killPrograms);

  it('prints no token and no password', async () => {
    const tokens = new Set<string>();
    const observer = await server().admin();
    await observer.monitor((line) => {
      for (const [, word] of line.matchAll(/"(?:latchkey:)?([\w-]{27})"/g)) tokens.add(word!);
    });
    const url = server().url.replace('//', `//:${PASSWORD}@`);
    const program = new Program('lock-client.mjs', { REDIS_URL: url, NODE_DEBUG: 'latchkey' });
    await program.next();
    const ask = (command: string, options?: object) => program.ask(command, { key: 'k', options });
    const answers = [
      await ask('acquire'),
      await ask('acquire', { timeout: 100 }),
      await ask('withLock', { timeout: 0 }),
      await server().command('SET', 'lock:l', 'theirs'),
      await program.ask('acquire', { key: 'l', options: { timeout: 600 } }),
      await server().command('SET', 'lock:k', 'theirs'),
      await ask('release'),
      await server().command('DEL', 'lock:k'),
      await server().command('RPUSH', 'lock:k', 'element'),
      await ask('withLock'),
      await ask('close'),
    ];
    const { code, stdout, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/granted[^]*waiting[^]*refused[^]*released[^]*failure[^]*WRONGTYPE/);
    // Of the holder, of the two who wait or fail, and of the channel.
    expect(tokens.size).toBe(4);
    const output = [stdout, stderr, JSON.stringify(answers)].join('\n');
    expect([...tokens, PASSWORD].filter((secret) => output.includes(secret))).toEqual([]);
  });
});

describe('a secret', () => {
  const hidden = Object.defineProperty({}, 'token', { value: 'Canary-token' });

  it.each<[string, unknown]>([
    ['in a message', new Error('a Canary-token')],
    ['in a cause', new Error('why', { cause: new Error('Canary-') })],
    ['in a property', { of: { a: { lock: ['Canary-token'] } } }],
    ['in a hidden property', hidden],
    ['in JSON', { toJSON: () => `password ${PASSWORD}` }],
    [
      'in an event',
      { key: 'k', name: 'n', error: Object.assign(new Error('x'), { args: ['Canary-token'] }) },
    ],
  ])('%s would be found', (_, value) => {
    const ours = new Exhibits();
    ours.add('it', value);
    ours.close();
    expect(ours.leaks()).not.toEqual([]);
  });
});
