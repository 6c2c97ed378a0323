import { NodeRedisClusterInbox, readRedirection } from '../../src/adapters/node-redis-cluster.js';
import { nodeRedis } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { FakeSubscriber } from '../support/fake-subscriber.js';
import { eventually } from '../support/pause.js';

/** A Cluster whose connections for messages a test has in its hands; the real one is in the run of the topologies. */
function clusterOf(...reachable: boolean[]) {
  const made: FakeSubscriber[] = [];
  const nodes = reachable.map((isReady) => ({ client: { isReady } }));
  const cluster = {
    isOpen: true,
    masters: nodes,
    eval: () => Promise.reject(new Error('MOVED 1 127.0.0.1:1')),
    evalSha: () => Promise.reject(new Error('MOVED 1 127.0.0.1:1')),
    withCommandOptions: () => cluster,
    getRandomNode: () => nodes[0],
    nodeClient: (_node: never) =>
      Promise.resolve({
        duplicate: () => {
          const subscriber = new FakeSubscriber();
          made.push(subscriber);
          return subscriber;
        },
      }),
  };
  const connection = async (index: number): Promise<FakeSubscriber> => {
    await eventually(() => made.length > index && made[index]!.isOpen, true);
    return made[index]!;
  };
  return { cluster, nodes, made, connection };
}

describe('the connection for messages to a Cluster', () => {
  it('is one for all channels, and is there while somebody listens', async () => {
    const { cluster, made, connection } = clusterOf(true);
    const adapter = nodeRedis(cluster);
    const heard: string[] = [];
    const both = ['a', 'b'].map((channel) =>
      adapter.subscribe(channel, (message) => heard.push(channel + message)),
    );
    const first = await connection(0);
    first.reach();
    const stops = await Promise.all(both);
    expect(made).toHaveLength(1);
    first.hear('a', '1');
    first.hear('b', '2');
    await stops[0]!();
    await stops[0]!();
    first.hear('a', '3');
    expect(heard).toEqual(['a1', 'b2']);
    expect(first.channels).toEqual(['b']);
    await stops[1]!();
    expect(first.destroyed).toBe(true);

    const again = adapter.subscribe('c', () => undefined);
    (await connection(1)).reach();
    await (
      await again
    )();
  });

  it('goes to another node when its own can not be reached twice, with all that is listened to', async () => {
    const { cluster, made, connection } = clusterOf(true, true);
    const inbox = new NodeRedisClusterInbox(cluster);
    const heard: string[] = [];
    const subscribing = inbox.subscribe('a', (message) => heard.push(message));
    const first = await connection(0);
    first.reach();
    await subscribing;
    first.emit('reconnecting');
    first.emit('connect');
    first.emit('ready');
    first.emit('reconnecting');
    expect(made).toHaveLength(1);
    first.emit('reconnecting');
    const second = await connection(1);
    // Destroyed once node-redis is not about to make a socket, with which it would come back to life.
    expect(first.destroyed).toBe(false);
    first.emit('error', new Error('refused'));
    expect(first.destroyed).toBe(true);
    second.reach();
    await eventually(() => second.channels.join(), 'a');
    second.hear('a', 'message');
    expect(heard).toEqual(['message']);
    // What the given one still says is of no matter.
    first.emit('reconnecting');
    first.emit('reconnecting');
    expect(made).toHaveLength(2);
  });

  it('stays where it is while no node can be reached', async () => {
    const { cluster, nodes, made, connection } = clusterOf(true);
    const inbox = new NodeRedisClusterInbox(cluster);
    const subscribing = inbox.subscribe('a', () => undefined);
    const first = await connection(0);
    first.reach();
    await subscribing;
    nodes[0]!.client.isReady = false;
    for (let i = 0; i < 5; i++) first.emit('reconnecting');
    await Promise.resolve();
    expect(made).toHaveLength(1);
  });

  it('serves who waits for a node that is given up from the next one', async () => {
    const { cluster, connection } = clusterOf(true, true);
    const inbox = new NodeRedisClusterInbox(cluster);
    const subscribing = inbox.subscribe('a', () => undefined);
    const first = await connection(0);
    first.emit('reconnecting');
    first.emit('reconnecting');
    const second = await connection(1);
    second.reach();
    await subscribing;
    expect(new Set(second.channels)).toEqual(new Set(['a']));
  });

  it('is made anew, with all that is listened to, when it has given up', async () => {
    const { cluster, connection } = clusterOf(true);
    const inbox = new NodeRedisClusterInbox(cluster);
    const before = inbox.subscribe('a', () => undefined);
    const first = await connection(0);
    first.reach();
    await before;
    first.isOpen = false;
    const after = inbox.subscribe('b', () => undefined);
    const second = await connection(1);
    second.reach();
    await after;
    await eventually(() => [...new Set(second.channels)].sort().join(), 'a,b');
  });

  it('tells why there is none, and leaves nothing behind', async () => {
    const { cluster, connection } = clusterOf(false);
    const inbox = new NodeRedisClusterInbox(cluster);
    const refused = rejection(inbox.subscribe('a', () => undefined));
    const first = await connection(0);
    const refusal = new Error('NOPERM no');
    first.refusal = refusal;
    first.reach();
    expect(await refused).toBe(refusal);
    expect(first.destroyed).toBe(true);

    const failed = rejection(inbox.subscribe('a', () => undefined));
    const failure = new Error('WRONGPASS no');
    (await connection(1)).fail(failure);
    expect(await failed).toBe(failure);
  });

  it('does not listen to what was given up before it was there', async () => {
    const { cluster, connection } = clusterOf(true);
    const inbox = new NodeRedisClusterInbox(cluster);
    const others = inbox.subscribe('a', () => undefined);
    const abort = new AbortController();
    const given = rejection(inbox.subscribe('b', () => undefined, abort.signal));
    const first = await connection(0);
    const reason = new Error('given up');
    abort.abort(reason);
    expect(await given).toBe(reason);
    first.reach();
    await others;
    expect(first.channels).toEqual(['a']);
  });

  it('is ended as soon as it is there when nobody waits for it any more', async () => {
    const { cluster, connection } = clusterOf(true);
    const inbox = new NodeRedisClusterInbox(cluster);
    expect(await rejection(inbox.subscribe('a', () => undefined, AbortSignal.abort('no')))).toBe('no');
    const first = await connection(0);
    first.reach();
    expect(first.destroyed).toBe(true);
    expect(first.channels).toEqual([]);
  });
});

describe('a redirection that the client gives up following', () => {
  it('passes', async () => {
    const { cluster } = clusterOf(true);
    const script = { name: 's', source: '', sha1: '', keys: 1 };
    expect(await rejection(nodeRedis(cluster).run(script as never, ['key'], []))).toMatchObject({
      message: 'TRYAGAIN redirected too often: MOVED 1 127.0.0.1:1',
    });
    const cause = new Error('ASK 1 127.0.0.1:1');
    expect(readRedirection(new Error('Too many Cluster redirections', { cause }))).toMatchObject({
      message: 'TRYAGAIN redirected too often: ASK 1 127.0.0.1:1',
    });
    for (const other of [new Error('CLUSTERDOWN Hash slot not served'), new Error('MOVEDx'), { message: 1 }])
      expect(readRedirection(other)).toBe(other);
  });

  it('is the only thing that a Cluster does not take: joins', () => {
    const { cluster } = clusterOf(true);
    expect(() => nodeRedis(cluster, { joins: true })).toThrow(/^nodeRedis: joins must be false on a Cluster/);
    expect(nodeRedis(cluster)).toMatchObject({ joins: false, countsListeners: false });
  });
});
