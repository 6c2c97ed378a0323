import { createLocker, nodeRedis } from '../src/index.js';
import { toRedisKeys } from '../src/keys.js';
import { read } from './support/pages.js';
import { type RedisServer, startRedis } from './support/redis-server.js';
import { documentedCommands, documentedRules, readAclLog } from './support/rights.js';
import { PASSWORD, type Story, storyOf } from './support/rights-story.js';
import { acquire, OURS } from './support/scripts.js';

const RULES = documentedRules('latchkey');
const COMMANDS = documentedCommands('latchkey');

/** With all rights. */
const ALL_WELL: Story = {
  acquire: 'done',
  extend: 'extended',
  wait: 'done',
  release: 'released',
  last: 'released',
  subscribe: 'done',
  queue: 'done',
  pass: 'released, theirs',
  left: 1,
  warning: true,
  replicas: 'done',
};
/** Who waits is refused, at the latest when it takes a place in the queue. */
const NO_WAIT = { wait: 'ERR', last: 'none', queue: 'ERR' };
/** Waiting goes on, by asking; the lock is given back, and to nobody. */
const NO_MESSAGE = { wait: 'done', pass: 'released, free' };

/** What is different when one word is missing. Each right is needed: none of these is empty. */
const WITHOUT: Record<string, Partial<Story>> = {
  '+evalsha': { acquire: 'NOPERM' },
  '+eval': { acquire: 'NOPERM' },
  '+time': { acquire: 'ERR' },
  '+get': { acquire: 'ERR' },
  '+set': { acquire: 'ERR' },
  '+exists': { acquire: 'ERR' },
  '+del': { last: 'unknown' },
  '+pttl': { ...NO_WAIT, extend: 'unknown' },
  '+pexpire': { ...NO_WAIT, extend: 'unknown', pass: 'released, free' },
  '+zadd': { ...NO_WAIT, pass: 'released, free' },
  '+zrange': { ...NO_WAIT, pass: 'released, free' },
  '+hset': { ...NO_WAIT, pass: 'released, free' },
  '+zrem': NO_MESSAGE,
  '+hget': NO_MESSAGE,
  '+hdel': NO_MESSAGE,
  '+publish': NO_MESSAGE,
  '+subscribe': { ...NO_MESSAGE, subscribe: 'NOPERM', left: 0 },
  '&latchkey:*': { ...NO_MESSAGE, subscribe: 'NOPERM', left: 0 },
  '+unsubscribe': { left: 2 },
  '+info': { warning: false },
  '+wait': { replicas: 'NOPERM' },
  '~lock:*': { acquire: 'NOPERM' },
  '~{lock:*': { acquire: 'NOPERM' },
};

const page = read('docs/security.md');

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru');
});
beforeEach(async () => {
  await server.command('FLUSHALL');
  await server.command('ACL', 'LOG', 'RESET');
});

/** What was refused to this user. What clients say of themselves is known to Redis 7.2 and later, and may be refused. */
const refusedTo = async (user: string) =>
  readAclLog(await server.command('ACL', 'LOG')).filter(
    ({ username, object }) => username === user && object !== 'client|setinfo',
  );

test('the documented rights are enough: nothing is refused', async () => {
  expect(await storyOf(server, 'latchkey', RULES)).toEqual(ALL_WELL);
  expect(await refusedTo('latchkey')).toEqual([]);
  const client = await server.client({ username: 'latchkey', password: PASSWORD });
  await using locker = createLocker(nodeRedis(client));
  await locker.withLock(['k', '{k}', 'another'], async (lock) => {
    await lock.extend(60_000);
  });
  expect(await refusedTo('latchkey')).toEqual([]);
  const user = String(await server.command('ACL', 'GETUSER', 'latchkey'));
  expect(user).not.toMatch(/allkeys|allcommands|allchannels|nopass/);
});

test('they are enough for a Cluster and for Sentinels, too, but for what clients ask those', () => {
  const cluster = documentedRules('latchkey-cluster');
  expect(cluster.filter((word) => !RULES.includes(word))).toEqual(['+cluster|slots', '+asking']);
  expect(RULES.filter((word) => !cluster.includes(word))).toEqual(['+wait']);
});

test('they are what the scripts call, and what carries the scripts and the messages', () => {
  const scripts = read('src/scripts/generated.ts');
  const called = [...scripts.matchAll(/redis\.p?call\((?:\\?')(\w+)\\?'/g)].map(([, name]) =>
    name!.toLowerCase(),
  );
  expect(new Set(called).size).toBeGreaterThan(10);
  const carriers = ['evalsha', 'eval', 'subscribe', 'unsubscribe', 'wait'];
  expect([...COMMANDS].sort()).toEqual([...new Set([...called, ...carriers])].sort());
});

describe('without one of the rights, what the page says stops, and nothing else', () => {
  const words = RULES.filter((word) => /^[+~&]/.test(word));
  const stories = new Map<string, Story>();

  beforeAll(async () => {
    await server.command('SCRIPT', 'FLUSH');
    const tell = async (word: string): Promise<void> => {
      const rest = RULES.filter((one) => one !== word);
      stories.set(
        word,
        await storyOf(server, `without-${word.replace(/[^a-z:]/g, '')}-${words.indexOf(word)}`, rest),
      );
    };
    // While the server knows no script. All others at once: they mostly wait.
    await tell('+eval');
    await Promise.all(words.filter((word) => word !== '+eval').map(tell));
  });

  it('looks at each of them', () => {
    expect(words).toHaveLength(23);
    expect([...words].sort()).toEqual(Object.keys(WITHOUT).sort());
  });

  it.each(words)('%s', (word) => {
    const { acquire, ...rest } = stories.get(word)!;
    // Who gets no lock has nothing to do.
    const expected = { ...ALL_WELL, ...WITHOUT[word] };
    expect({ acquire, ...rest }).toEqual(
      expected.acquire === 'done' ? expected : { acquire: expected.acquire },
    );
    expect(expected).not.toEqual(ALL_WELL);
  });

  it('has a row on the page for each of them, and for those of a Cluster', () => {
    const [table] = /^\| without [^]*?\n\n/m.exec(page)!;
    const named = [...table.matchAll(/^\| (`(?:\\\||[^|])*?) +\| /gm)]
      .flatMap(([, cell]) => [...cell!.replaceAll('\\|', '|').matchAll(/`([^`]+)`/g)])
      .map(([, word]) => word!);
    const commands = new Set([...COMMANDS, ...documentedCommands('latchkey-cluster')]);
    expect(named.sort()).toEqual([...commands, '&latchkey:*'].sort());
  });
});

test('what is not needed without messages can be left out', async () => {
  const [, cell] = /^\| (`&latchkey.*?) +\|/m.exec(page)!;
  const messages = [...cell!.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
  expect(messages).toHaveLength(10);
  const rules = RULES.filter((word) => !messages.includes(word));
  const { acquire, extend, wait, release, last, subscribe } = await storyOf(server, 'polling', rules);
  expect({ acquire, extend, wait, release, last, subscribe }).toEqual({
    ...{ acquire: 'done', extend: 'extended', wait: 'done', release: 'released', last: 'released' },
    subscribe: 'NOPERM',
  });
});

test.each([
  ['shop:', '~shop:* ~{shop:*'],
  ['{shop}:', '~{shop}:*'],
  ['a*b', String.raw`~a\*b* ~{a\*b*`],
  ['', '~*'],
])('a prefix of its own: %j', async (prefix, patterns) => {
  // As the page has it, whose table wants a word behind some of them.
  for (const word of patterns.split(' ')) expect(page).toContain(`\`${word}\``);
  const rules = [...RULES.filter((word) => !word.startsWith('~')), ...patterns.split(' ')];
  expect(await storyOf(server, 'shop', rules, prefix)).toEqual(ALL_WELL);
  expect(await refusedTo('shop')).toEqual([]);
});

describe('a tenant', () => {
  const tenant = async (name: string) => {
    const rules = RULES.map((word) => word.replace('lock:', `${name}:`));
    await server.command('ACL', 'SETUSER', name, ...rules, `>${PASSWORD}`);
    return server.client({ username: name, password: PASSWORD });
  };

  it('reaches no key of another one, neither itself nor by a script', async () => {
    const client = await tenant('shop');
    await server.command('SET', 'shop2:k', 'value');
    await expect(client.get('shop2:k')).rejects.toThrow(/^NOPERM/);
    const get = "return redis.call('GET', ARGV[1])";
    await expect(client.eval(get, { keys: [], arguments: ['shop2:k'] })).rejects.toThrow(
      /can't (access|publish)|permission/,
    );
    const publish = "return redis.call('PUBLISH', 'other', 'message')";
    await expect(client.eval(publish, { keys: [], arguments: [] })).rejects.toThrow(
      /can't (access|publish)|permission/,
    );
    const keys = "return redis.call('KEYS', '*')";
    await expect(client.eval(keys, { keys: [], arguments: [] })).rejects.toThrow(/can't run/);
    expect((await refusedTo('shop')).map(({ context, object }) => `${context} ${object}`).sort()).toEqual([
      'lua keys',
      'lua other',
      'lua shop2:k',
      'toplevel shop2:k',
    ]);
  });

  it.each([
    ['PSUBSCRIBE', 'latchkey:*'],
    ['PUBSUB', 'CHANNELS'],
    ['MONITOR'],
    ['SLOWLOG', 'GET'],
    ['CLIENT', 'LIST'],
  ])('can not listen to others: %s', async (...command) => {
    await expect((await tenant('shop')).sendCommand(command)).rejects.toThrow(/^NOPERM/);
  });
});

test('a token is seen in SLOWLOG and by GET, as the page says', async () => {
  await server.command('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
  const adapter = nodeRedis(await server.client());
  await acquire(adapter, { keys: toRedisKeys('lock:', 'k') });
  expect(JSON.stringify(await server.command('SLOWLOG', 'GET', '10'))).toContain(OURS);
  expect(await server.command('GET', 'lock:k')).toContain(OURS);
});

test('a word that the server does not know makes all of SETUSER fail', async () => {
  await expect(
    server.command('ACL', 'SETUSER', 'unmade', ...RULES, `>${PASSWORD}`, '+client|no-such-subcommand'),
  ).rejects.toThrow(/Error in ACL SETUSER modifier/);
  expect(await server.command('ACL', 'GETUSER', 'unmade')).toBeNull();
});

test('AUTH, HELLO and QUIT need no right', async () => {
  await server.command('ACL', 'SETUSER', 'nobody', 'reset', 'on', `>${PASSWORD}`);
  const client = await server.client({ username: 'nobody', password: PASSWORD });
  await expect(client.sendCommand(['PING'])).rejects.toThrow(/^NOPERM/);
  await expect(client.sendCommand(['HELLO', '3', 'AUTH', 'nobody', PASSWORD])).resolves.toBeDefined();
  await expect(client.sendCommand(['AUTH', 'nobody', PASSWORD])).resolves.toBe('OK');
  expect((await refusedTo('nobody')).map(({ object }) => object)).toEqual(['ping']);
});
