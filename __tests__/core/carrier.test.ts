import { Carrier, type Parcel } from '../../src/core/carrier.js';
import { toRedisKeys } from '../../src/keys.js';
import type { Call } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { ScriptedAdapter } from '../support/scripted-adapter.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

const token = (name: string): string => `secret of ${name}`;

/** A call that releases the lock `name`. */
function call(name: string): Call<unknown> {
  return mutex.release({ keys: toRedisKeys('', name), token: token(name) });
}

let adapter: ScriptedAdapter;
let carrier: Carrier;
/** What each parcel was told, in order. */
let told: [string, unknown][];
/** Whose parcels nobody waits for any more. */
let unwanted: Set<string>;

function start(joins: boolean | undefined, environment = new VirtualEnvironment()): void {
  adapter = Object.assign(new ScriptedAdapter(), joins === undefined ? {} : { joins });
  carrier = new Carrier(adapter, mutex, environment);
  told = [];
  unwanted = new Set();
}

const parcelOf = (name: string, sent = call(name)): Parcel => ({
  call: sent,
  wanted: () => !unwanted.has(name),
  onArrival: () => told.push([name, 'arrival']),
  onReply: (reply) => told.push([name, reply]),
  onFailure: ({ reason, outcome, message }) => told.push([name, { reason, outcome, message }]),
});

function send(...names: string[]): void {
  for (const name of names) carrier.send(parcelOf(name));
}

/** A call that takes so many locks. */
function taking(locks: number): Call<unknown> {
  const tenure = (i: number) => {
    return { keys: toRedisKeys('', `${i}`), token: token('all'), ttl: 1, who: '', sections: 1 };
  };
  return mutex.acquireAll([tenure(0), ...Array.from({ length: locks - 1 }, (_, i) => tenure(i + 1))]);
}

const last = (): unknown[] => told.filter(([, what]) => what !== 'arrival');

describe.each<[string, boolean | undefined]>([
  ['that does not say whether it joins steps', undefined],
  ['that joins no steps', false],
  ['that joins steps, but has only one', true],
])('an adapter %s', (_, joins) => {
  beforeEach(() => start(joins));

  it('gets each call as it is, and its reply goes to who has sent it', async () => {
    send('a');
    const sent = await adapter.next('mutex-release');
    expect(sent).toMatchObject({ keys: call('a').keys, args: call('a').args });
    await sent.reply([1]);
    expect(told).toEqual([
      ['a', 'arrival'],
      ['a', [1]],
    ]);
  });

  it('may reject, or throw: a failure without the token', async () => {
    send('a');
    await (await adapter.next('mutex-release')).fail(new Error(`ERR at ${token('a')}`));
    adapter.run = () => {
      throw new Error(`ERR ${token('b')} and ${token('b')}`);
    };
    send('b');
    await settle();
    expect(told).toEqual([
      ['a', 'arrival'],
      ['a', { reason: 'ERR', outcome: 'not-done', message: 'ERR at [token]' }],
      ['b', 'arrival'],
      ['b', { reason: 'ERR', outcome: 'not-done', message: 'ERR [token] and [token]' }],
    ]);
  });
});

it.each([undefined, true])(
  'takes no reply for one that has not the name of its call (joins: %s)',
  async (joins) => {
    start(joins);
    adapter.run = () => Promise.resolve([1]);
    send('a', 'b');
    await settle();
    const failure = expect.objectContaining({ reason: 'UNEXPECTED_REPLY', outcome: 'unknown' });
    expect(last()).toEqual([
      ['a', failure],
      ['b', failure],
    ]);
  },
);

it('sends one by one and at once what may not be joined', () => {
  start(undefined);
  send('a', 'b');
  expect(adapter.unseen.map(({ name }) => name)).toEqual(['mutex-release', 'mutex-release']);
});

it('numbers its calls otherwise than another carrier on the same connection', () => {
  const nonces: (string | undefined)[] = [];
  const shared = {
    run: (_script: unknown, _keys: unknown, args: readonly string[]) => {
      nonces.push(args.at(-1));
      return new Promise<never>(() => undefined);
    },
    subscribe: () => Promise.reject(new Error()),
  };
  for (const dice of [0.1, 0.7]) {
    const environment = Object.assign(new VirtualEnvironment(), { dice });
    carrier = new Carrier(shared, mutex, environment);
    send('a', 'a', 'a');
  }
  expect(nonces).toHaveLength(6);
  expect(new Set(nonces).size).toBe(6);
});

describe('an adapter that joins steps', () => {
  beforeEach(() => start(true));

  it('gets what is sent in one turn as one call, in its order, and what is sent later as another one', async () => {
    send('a');
    await Promise.resolve();
    send('b', 'c');
    expect(adapter.unseen).toEqual([]);
    const first = await adapter.next('mutex-steps');
    send('d');
    await adapter.next('mutex-release');
    expect(first.keys).toEqual(['a', 'b', 'c'].flatMap((name) => call(name).keys));
    expect(first.args).toEqual(['a', 'b', 'c'].flatMap((name) => ['mutex-release', token(name)]));

    await first.reply([[1], 'BADFENCE no token', [0]]);
    expect(last()).toEqual([
      ['a', [1]],
      ['b', { reason: 'BADFENCE', outcome: 'not-done', message: 'BADFENCE no token' }],
      ['c', [0]],
    ]);
  });

  it('tells all at once that something has come, and then some of them in each turn what it is', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `lock ${i}`);
    send(...names);
    const sent = await adapter.next('mutex-steps');
    const answered = sent.reply(names.map((_, i) => [i]));
    await Promise.resolve();
    expect(told.filter(([, what]) => what === 'arrival').map(([name]) => name)).toEqual(names);
    expect(last()).toHaveLength(8);
    await answered;
    await settle();
    await settle();
    expect(last()).toEqual(names.map((name, i) => [name, [i]]));
  });

  it('gets no more than 64 steps in a call', async () => {
    send(...Array.from({ length: 130 }, (_, i) => `lock ${i}`));
    await settle();
    expect(adapter.unseen.map(({ keys }) => keys.length / 4)).toEqual([64, 64, 2]);
  });

  it('gets a step that takes more locks than that in a call of its own, wherever it stands', async () => {
    const big = () => carrier.send(parcelOf('many', taking(65)));
    big();
    send('a', 'b');
    big();
    await settle();
    expect(adapter.unseen.map(({ name, keys }) => [name, keys.length / 4])).toEqual([
      ['mutex-acquire-all', 65],
      ['mutex-steps', 2],
      ['mutex-acquire-all', 65],
    ]);
    expect(adapter.count).toBe(3);
  });

  it('needs no turn more than it takes to tell all', async () => {
    const environment = new VirtualEnvironment();
    const nextTurn = jest.spyOn(environment, 'nextTurn');
    start(true, environment);
    send(...Array.from({ length: 16 }, (_, i) => `lock ${i}`));
    await (await adapter.next('mutex-steps')).reply(Array(16).fill([1]));
    await settle();
    expect(last()).toHaveLength(16);
    expect(nextTurn).toHaveBeenCalledTimes(1);
  });

  it.each<[string, unknown, object]>([
    ['no reply', new Error('Socket closed unexpectedly'), { reason: 'CONNECTION', outcome: 'unknown' }],
    ['a state that passes', new Error('LOADING dataset'), { reason: 'LOADING', outcome: 'not-done' }],
    ['something that is no list of replies', 'OK', { reason: 'UNEXPECTED_REPLY', outcome: 'unknown' }],
    ['too few replies', [[1]], { reason: 'UNEXPECTED_REPLY', outcome: 'unknown' }],
  ])('tells all of %s', async (_, answer, failure) => {
    send('a', 'b');
    const sent = await adapter.next('mutex-steps');
    if (answer instanceof Error) await sent.fail(answer);
    else await sent.reply(answer);
    expect(last()).toEqual([
      ['a', expect.objectContaining(failure)],
      ['b', expect.objectContaining(failure)],
    ]);
    expect(adapter.unseen).toEqual([]);
  });

  it('keeps the tokens of all from each of them', async () => {
    send('a', 'b');
    const sent = await adapter.next('mutex-steps');
    await sent.fail(new Error(`LOADING ${token('a')} ${token('b')}`));
    for (const [, failure] of last() as [string, object][]) {
      expect(failure).toMatchObject({ message: 'LOADING [token] [token]' });
    }
  });

  it('gets the steps of a call that was refused as a whole one by one', async () => {
    send('a', 'b');
    await (await adapter.next('mutex-steps')).fail(new Error('NOPERM no access to a key'));
    await (await adapter.next('mutex-release')).reply([1]);
    await (await adapter.next('mutex-release')).fail(new Error('NOPERM no access to a key'));
    expect(last()).toEqual([
      ['a', [1]],
      ['b', expect.objectContaining({ reason: 'NOPERM' })],
    ]);
    send('c', 'd');
    await adapter.next('mutex-steps');
  });

  it('gets no step again of which nobody wants to know any more', async () => {
    send('a', 'b', 'c');
    const sent = await adapter.next('mutex-steps');
    unwanted.add('b');
    await sent.fail(new Error('NOPERM no access to a key'));
    expect(adapter.unseen.map(({ keys }) => keys[0])).toEqual(['a', 'c']);
  });

  it('gets none joined any more after a refusal that may come from what stands before several servers', async () => {
    send('a', 'b');
    await (await adapter.next('mutex-steps')).fail(new Error('ERR all keys must be on one shard'));
    for (const reply of [[1], [0]]) await (await adapter.next('mutex-release')).reply(reply);
    send('c', 'd');
    await adapter.next('mutex-release');
    await adapter.next('mutex-release');
  });

  it('gets none joined any more from a server that can not have keys of different slots', async () => {
    send('a', 'b');
    await (await adapter.next('mutex-steps')).fail(new Error("CROSSSLOT Keys don't hash to the same slot"));
    for (const reply of [[1], [0]]) await (await adapter.next('mutex-release')).reply(reply);
    expect(last()).toEqual([
      ['a', [1]],
      ['b', [0]],
    ]);
    send('c', 'd');
    await adapter.next('mutex-release');
    await adapter.next('mutex-release');
  });
});
