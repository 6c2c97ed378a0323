import { EventEmitter } from 'node:events';

import { nodeRedis } from '../../src/index.js';
import { rejection } from '../support/deferred.js';

/** A client behind Sentinels whose subscriptions a test answers; the real one is in the run of the topologies. */
class FakeSentinel extends EventEmitter {
  isOpen = true;
  commandOptions: { typeMapping?: object } = {};
  readonly asked: {
    channel: string;
    listener: (message: string) => void;
    done(): void;
    fail(error: Error): void;
  }[] = [];
  readonly left: string[] = [];

  eval = () => Promise.resolve('reply');
  evalSha = () => Promise.resolve('reply');
  withCommandOptions = () => this;
  getMasterNode = () => undefined;

  subscribe(channel: string, listener: (message: string) => void): Promise<void> {
    return new Promise((done, fail) => this.asked.push({ channel, listener, done, fail }));
  }

  unsubscribe(channel: string, _listener: never): Promise<void> {
    this.left.push(channel);
    return Promise.reject(new Error('not connected'));
  }
}

describe('messages behind Sentinels', () => {
  it('are asked for again when there is another master, and come once', async () => {
    const sentinel = new FakeSentinel();
    const heard: string[] = [];
    const subscribing = nodeRedis(sentinel).subscribe('a', (message) => heard.push(message));
    sentinel.asked[0]!.done();
    const stop = await subscribing;
    sentinel.emit('topology-change', { type: 'MASTER_CHANGE' });
    expect(sentinel.asked).toHaveLength(2);
    // node-redis keeps a Set: the same listener.
    expect(sentinel.asked[1]!.listener).toBe(sentinel.asked[0]!.listener);
    sentinel.asked[1]!.fail(new Error('the next one will do'));
    sentinel.asked[1]!.listener('message');
    await stop();
    await stop();
    sentinel.asked[1]!.listener('late');
    expect(heard).toEqual(['message']);
    expect(sentinel.left).toEqual(['a']);
    sentinel.emit('topology-change', {});
    expect(sentinel.asked).toHaveLength(2);
  });

  it('are there when the second time is answered and the first one never', async () => {
    const sentinel = new FakeSentinel();
    const subscribing = nodeRedis(sentinel).subscribe('a', () => undefined);
    sentinel.emit('topology-change', {});
    sentinel.asked[0]!.fail(new Error('the old master is gone'));
    sentinel.asked[1]!.done();
    await subscribing;
  });

  it('are refused with what the last time was refused with', async () => {
    const sentinel = new FakeSentinel();
    const refused = rejection(nodeRedis(sentinel).subscribe('a', () => undefined));
    const refusal = new Error('NOPERM no');
    sentinel.asked[0]!.fail(refusal);
    expect(await refused).toBe(refusal);
    expect(sentinel.left).toEqual(['a']);
  });

  it('are given up when the caller gives up', async () => {
    const sentinel = new FakeSentinel();
    const abort = new AbortController();
    const given = rejection(nodeRedis(sentinel).subscribe('a', () => undefined, abort.signal));
    abort.abort('no');
    expect(await given).toBe('no');
    expect(sentinel.left).toEqual(['a']);
  });

  it('need an open client, and ask nothing of one that is closed', async () => {
    const sentinel = new FakeSentinel();
    const adapter = nodeRedis(sentinel);
    const subscribing = adapter.subscribe('a', () => undefined);
    sentinel.asked[0]!.done();
    const stop = await subscribing;
    sentinel.isOpen = false;
    await stop();
    expect(sentinel.left).toEqual([]);
    expect(await rejection(adapter.subscribe('b', () => undefined))).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(sentinel.asked).toHaveLength(1);
  });

  it('take one listener of the client, however many adapters it has', async () => {
    const sentinel = new FakeSentinel();
    for (let i = 0; i < 20; i++) {
      const subscribing = nodeRedis(sentinel).subscribe('a', () => undefined);
      sentinel.asked.at(-1)!.done();
      await subscribing;
    }
    expect(sentinel.listenerCount('topology-change')).toBe(1);
  });
});

it('a client behind Sentinels must let replies be plain', () => {
  const sentinel = new FakeSentinel();
  sentinel.commandOptions = { typeMapping: { 36: Buffer } };
  expect(() => nodeRedis(sentinel)).toThrow(
    new TypeError(
      'nodeRedis: a Sentinel client of "redis" 5 must be made without commandOptions.typeMapping, which it does not let a command do without',
    ),
  );
  sentinel.commandOptions = { typeMapping: {} };
  expect(nodeRedis(sentinel)).toMatchObject({ joins: true });
});
