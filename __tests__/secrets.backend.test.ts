import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import { type Adapter, memory, nodeRedis } from '../src/index.js';
import { PASSWORD } from './support/exhibits.js';
import { startRedis } from './support/redis-server.js';
import { stage } from './support/stage.js';

const { server, exhibits, client, locker, failureOf, afterwards } = stage();

type Instead = (script: string, args: readonly string[]) => unknown;

/** Works in memory, but for the calls for which `instead` has something else: a reply, or an error to reject with. */
function spoilt(instead: Instead, joins = false): Adapter {
  const { run, subscribe } = memory();
  return {
    joins,
    subscribe,
    async run(script, keys, args) {
      const outcome = instead(script.name, args);
      if (outcome instanceof Error) throw outcome;
      return outcome ?? run(script, keys, args);
    },
  };
}

/** An error as clients make them: the command's arguments are in it, and in its cause. */
function chatty(message: string, args: readonly string[]): Error {
  const cause = Object.assign(new Error(message), { args });
  return Object.assign(new Error(message, { cause }), { command: { name: 'EVALSHA', args }, PASSWORD });
}

const acquire = (adapter: Adapter, options?: object): Promise<string> =>
  failureOf(locker(adapter, { prefix: '', ...options }).acquire('k', { timeout: 300 }));

/** A server that does not know HELLO, quotes it, and has no more to say. @returns its port */
async function oldServer(): Promise<number> {
  const old = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const [name, ...args] = data.toString().match(/^[^*$\r\n]+/gm)!;
      const quoted = args.map((arg) => `\`${arg}\`, `).join('');
      socket.write(`-ERR unknown command \`${name}\`, with args beginning with: ${quoted}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(old, 'listening');
  afterwards(() => old.close());
  return (old.address() as AddressInfo).port;
}

/** What one attempt finds through a client that does not try again, and hands its own error to those who wait. */
const tryWith = (options: object): Promise<string> => {
  const resigned = client({ ...options, socket: { reconnectStrategy: false } });
  return failureOf(locker(nodeRedis(resigned)).acquire('k', { timeout: 0 }));
};

const SCENES: [scene: string, outcome: string, play: () => Promise<string>][] = [
  [
    'a user without rights',
    'LOCK_BACKEND NOPERM',
    async () => {
      await server().command('ACL', 'SETUSER', 'weak', 'on', `>${PASSWORD}`, '+@all', '-evalsha', '~*', '&*');
      return acquire(nodeRedis(client({ username: 'weak' })));
    },
  ],
  [
    'a client that has not said its password',
    // Not NOAUTH: Redis does not even read a command with more than ten arguments before it knows who sends it.
    'LOCK_BACKEND ERR',
    () => tryWith({ password: undefined, RESP: 2 }),
  ],
  ['a client with a wrong password', 'LOCK_BACKEND ERR', () => tryWith({ password: `${PASSWORD}!` })],
  [
    'a server that does not know HELLO, and quotes it',
    'LOCK_BACKEND ERR',
    async () => tryWith({ url: `redis://127.0.0.1:${await oldServer()}` }),
  ],
  [
    'a server that is not there',
    'LOCK_BACKEND ECONNREFUSED',
    async () => {
      const gone = await startRedis();
      await gone.stop();
      return tryWith({ url: gone.url });
    },
  ],
  [
    'a server that does not answer',
    'LOCK_BACKEND NO_REPLY',
    async () => {
      const adapter = nodeRedis(client());
      await locker(adapter).withLock('k', () => undefined);
      await server().command('CLIENT', 'PAUSE', '600', 'ALL');
      return acquire(adapter);
    },
  ],
  [
    'a client that was closed',
    'LOCK_BACKEND CLIENT_CLOSED',
    async () => {
      const closed = client();
      closed.destroy();
      return acquire(nodeRedis(closed));
    },
  ],
  [
    'something else at the key',
    'LOCK_BACKEND WRONGTYPE',
    async () => {
      await server().command('RPUSH', 'k', PASSWORD);
      return acquire(nodeRedis(client()));
    },
  ],
  [
    'a reply that no script has sent',
    'LOCK_BACKEND UNEXPECTED_REPLY',
    () => acquire(spoilt((_, args) => [...args])),
  ],
  [
    'an error that quotes all arguments, on one line and more',
    'LOCK_BACKEND ERR',
    () =>
      acquire(spoilt((_, args) => chatty(`ERR bad call of '${args.join(' ')}'\n${args.join('\n')}`, args))),
  ],
  [
    'an error that quotes a part of the token',
    'LOCK_BACKEND ERR',
    () => acquire(spoilt((_, [token = '']) => chatty(`ERR '${token.slice(0, 20)}' is no number`, [token]))),
  ],
  [
    'an error of a connection that quotes all arguments',
    'LOCK_BACKEND CONNECTION',
    () => acquire(spoilt((_, args) => chatty(`closed before the reply to ${args.join()}`, args))),
  ],
  [
    'something that is no error',
    'LOCK_BACKEND CONNECTION',
    () =>
      acquire({
        ...spoilt(() => undefined),
        run: (_script, _keys, args) => Promise.reject(Object.assign(Object(args.join()) as object, { args })),
      }),
  ],
  [
    'an adapter that throws',
    'LOCK_BACKEND CONNECTION',
    () =>
      acquire({
        ...spoilt(() => undefined),
        run(_script, _keys, args) {
          throw chatty(args.join(), args);
        },
      }),
  ],
  [
    'a joined call, each of whose steps quotes all arguments',
    'LOCK_BACKEND ERR, LOCK_BACKEND ERR',
    async () => {
      const quote: Instead = (script, args) =>
        script === 'mutex-steps'
          ? [args.at(-1), [1, 2].map(() => `ERR bad call of '${args.join(' ')}'`)]
          : undefined;
      const ours = locker(spoilt(quote, true));
      return (await Promise.all(['k', 'l'].map((key) => failureOf(ours.acquire(key))))).join(', ');
    },
  ],
];

test.each(SCENES)('no token and no password is to be seen of %s', async (_scene, outcome, play) => {
  expect(await play()).toBe(outcome);
  expect(exhibits().count).toBeGreaterThan(5);
  expect(exhibits().leaks()).toEqual([]);
});

// What is quoted ends after 128 characters, and so somewhere in the token, depending on how long the keys are.
test.each(['k', 'kk', 'kkk', 'kkkk'])(
  'no part of a token is to be seen of a server without EVALSHA: key %s',
  async (key) => {
    const odd = await startRedis('--rename-command', 'EVALSHA', 'RENAMED');
    const ours = locker(nodeRedis(client({ url: odd.url, password: undefined })), { prefix: '' });
    expect(await failureOf(ours.acquire(key))).toBe('LOCK_BACKEND ERR');
    expect(exhibits().leaks()).toEqual([]);
  },
);

test.each(['mutex-extend', 'mutex-release'])(
  'no token is to be seen of errors of %s that quote all arguments',
  async (failing) => {
    let broken = true;
    const quote: Instead = (script, args) =>
      broken && script === failing ? chatty(`ERR bad call of '${args.join(' ')}'`, args) : undefined;
    const ours = locker(spoilt(quote));
    const lock = await ours.acquire('k');
    const outcomes = [exhibits().add('extend', await lock.extend()), await lock.release()];
    expect(outcomes).toEqual(failing === 'mutex-extend' ? ['unknown', 'released'] : ['extended', 'unknown']);
    broken = false;
    expect(exhibits().leaks()).toEqual([]);
  },
);
