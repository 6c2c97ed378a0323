/** What the engine works with: one server, or several that decide together. */
import type { Adapter } from '../src/index.js';
import { connect, readAdapters } from '../src/topology.js';
import { mutex } from '../src/kinds/mutex.js';
import { settle, VirtualEnvironment } from './support/virtual-environment.js';

/** An adapter that knows itself by `this`, and what it has been asked. */
class Fake {
  readonly ran: [name: string, keys: readonly string[], args: readonly string[]][] = [];
  readonly waited: unknown[] = [];
  subscriptions = 0;
  readonly joins: boolean | undefined;

  constructor(joins?: boolean) {
    this.joins = joins;
  }

  async run(script: { name: string }, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    this.ran.push([script.name, keys, args]);
    return new Promise(() => undefined);
  }

  async subscribe(): Promise<() => Promise<void>> {
    this.subscriptions++;
    return async () => undefined;
  }
}

const TENURE = { keys: [{ lock: 'l', fence: 'f', queue: 'q', waiters: 'w' }] };

function engineOf(fakes: readonly Fake[], settings: { maxTtl?: number; waitReplicas?: number } = {}) {
  const adapters = readAdapters(fakes);
  const environment = new VirtualEnvironment();
  const { maxTtl, waitReplicas } = settings;
  return { environment, ...connect(adapters, { prefix: 'p:', maxTtl, waitReplicas }, environment) };
}

describe('the adapters', () => {
  const one = new Fake() as unknown as Adapter;
  const rule =
    'createLocker: the first argument must be an adapter, such as nodeRedis(client) or memory(), or a list of them';

  it('are a list, also when there is one', () => {
    expect(readAdapters(one)).toEqual([one]);
    const list = [one, new Fake()];
    expect(readAdapters(list)).toEqual(list);
    expect(readAdapters(list)).not.toBe(list);
  });

  it.each<[unknown, string]>([
    [[], 'an array'],
    [null, 'null'],
    [{ run: 'run' }, 'an object'],
    [[one, 7, undefined], '7'],
  ])('can not be %p', (value, shown) => {
    expect(() => readAdapters(value)).toThrow(new TypeError(`${rule}, not ${shown}`));
  });

  it('are each another one', () => {
    expect(() => readAdapters([one, one])).toThrow(
      new TypeError(
        'createLocker: each adapter must be another server, but one of them is in the list twice',
      ),
    );
  });
});

describe('one server', () => {
  it('has queues and messages, and takes together what it can join', async () => {
    const fake = new Fake();
    const { kind, queues, confirms, together, inbox } = engineOf([fake]);
    expect([queues, confirms, together]).toEqual([true, false, 'one slot']);
    expect(kind).toBe(mutex);
    expect(['any', 'one slot']).toEqual([true, false].map((joins) => engineOf([new Fake(joins)]).together));
    await inbox.open();
    expect(fake.subscriptions).toBe(1);
  });
});

describe('several servers', () => {
  it('have neither, and take no keys together, whatever they can', async () => {
    const fakes = [new Fake(true), new Fake(true), new Fake(true)];
    const { queues, confirms, together, inbox } = engineOf(fakes, { maxTtl: 700 });
    expect([queues, confirms, together]).toEqual([false, false, 'none']);
    await inbox.open();
    expect(fakes.map(({ subscriptions }) => subscriptions)).toEqual([0, 0, 0]);
  });

  it.each([
    [700, '700'],
    [undefined, '0'],
  ])('note at a key of their own since when they remember; with a maxTtl of %p', (maxTtl, longest) => {
    const { kind } = engineOf([new Fake(), new Fake()], { ...(maxTtl !== undefined && { maxTtl }) });
    const tenure = { ...TENURE, token: 't', ttl: 500, who: 'me', sections: 0 };
    const { keys, args } = kind.acquire(tenure as never, undefined);
    expect(keys.at(-1)).toBe('p:~memory');
    expect(args.at(-1)).toBe(longest);
  });

  it('get each step at once and by itself, on the adapter itself', async () => {
    const fakes = [new Fake(true), new Fake(true)];
    const { kind, servers } = engineOf(fakes, { maxTtl: 700 });
    const tenure = { ...TENURE, token: 't', ttl: 500, who: 'me', sections: 0 };
    for (let i = 0; i < 2; i++) void servers.execute(kind.acquire(tenure as never, undefined), 100);
    await settle();
    for (const { ran } of fakes) {
      expect(ran.map(([name]) => name)).toEqual(['quorum-acquire', 'quorum-acquire']);
      expect(ran.map(([, keys]) => keys.at(-1))).toEqual(['p:~memory', 'p:~memory']);
    }
  });
});

describe('replicas', () => {
  class Replicated extends Fake {
    async waitReplicas(): Promise<number> {
      return this.waited.push('waited');
    }
  }

  it('are confirmed where that is asked for, and refused where a client can not', () => {
    for (const fakes of [[new Replicated()], [new Replicated(), new Replicated()]])
      expect(engineOf(fakes, { waitReplicas: 1 }).confirms).toBe(true);
    for (const fakes of [[new Fake()], [new Replicated(), new Fake()]])
      expect(() => engineOf(fakes, { waitReplicas: 1 })).toThrow(
        new TypeError(
          'waitReplicas: this client can not wait for replicas on the connection that has written',
        ),
      );
  });
});
