import { EventEmitter } from 'node:events';

import { nodeRedis } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { FakeSubscriber } from '../support/fake-subscriber.js';

const SCRIPT = { name: 's', source: '', sha1: '', keys: 2 } as never;

/** A client of which a test says when its connection is lost; real replicas are in the run of the topologies. */
class FakeClient extends EventEmitter {
  isOpen = true;
  readonly waits: { count: number; timeout: number }[] = [];
  whileWaiting: () => void = () => undefined;

  eval = () => Promise.resolve('reply');
  evalSha = () => Promise.resolve('reply');
  withCommandOptions = () => this;
  duplicate = () => new FakeSubscriber();

  wait(count: number, timeout: number): Promise<number> {
    this.waits.push({ count, timeout });
    this.whileWaiting();
    return Promise.resolve(count);
  }
}

const GONE = { message: expect.stringMatching(/^the connection that has written is gone/) as string };

describe('waitReplicas', () => {
  it('asks the connection that has written', async () => {
    const client = new FakeClient();
    const adapter = nodeRedis(client);
    await adapter.run(SCRIPT, ['a', 'b'], []);
    expect(await adapter.waitReplicas!(['a', 'b'], 2, 100)).toBe(2);
    expect(client.waits).toEqual([{ count: 2, timeout: 100 }]);
  });

  it('does not ask another one than that, each lock by itself', async () => {
    const client = new FakeClient();
    const adapter = nodeRedis(client);
    await adapter.run(SCRIPT, ['a', 'b', 'c', 'd'], []);
    await adapter.waitReplicas!(['a', 'b'], 1, 100);
    await adapter.run(SCRIPT, ['a', 'b', 'c', 'd'], []);
    client.emit('reconnecting');
    await adapter.run(SCRIPT, ['a', 'b'], []);
    expect(await rejection(adapter.waitReplicas!(['c', 'd'], 1, 100))).toMatchObject(GONE);
    expect(await adapter.waitReplicas!(['a', 'b'], 1, 100)).toBe(1);
    expect(client.waits).toHaveLength(2);
  });

  it('trusts nothing, the first time, when a connection has been lost before', async () => {
    const client = new FakeClient();
    const adapter = nodeRedis(client);
    client.emit('reconnecting');
    await adapter.run(SCRIPT, ['a', 'b'], []);
    expect(await rejection(adapter.waitReplicas!(['a', 'b'], 1, 100))).toMatchObject(GONE);
    await adapter.run(SCRIPT, ['a', 'b'], []);
    expect(await adapter.waitReplicas!(['a', 'b'], 1, 100)).toBe(1);
  });

  it('does not count what was answered over another connection than asked', async () => {
    const client = new FakeClient();
    const adapter = nodeRedis(client);
    client.whileWaiting = () => client.emit('reconnecting');
    await adapter.run(SCRIPT, ['a', 'b'], []);
    expect(await rejection(adapter.waitReplicas!(['a', 'b'], 1, 100))).toMatchObject(GONE);
  });

  it('knows it of the 10,000 locks that were written last', async () => {
    const adapter = nodeRedis(new FakeClient());
    await adapter.waitReplicas!(['first'], 1, 100);
    const write = (...keys: string[]) => adapter.run(SCRIPT, keys, []);
    await write('first', '');
    await write(...Array.from({ length: 9_999 }, (_, i) => [`lock${i}`, '']).flat());
    expect(await adapter.waitReplicas!(['first'], 1, 100)).toBe(1);
    await write('one more', '');
    expect(await rejection(adapter.waitReplicas!(['first'], 1, 100))).toMatchObject(GONE);
    expect(await adapter.waitReplicas!(['lock0'], 1, 100)).toBe(1);
  });

  it('tells that the client is closed', async () => {
    const client = new FakeClient();
    const adapter = nodeRedis(client);
    client.isOpen = false;
    expect(await rejection(adapter.waitReplicas!(['a'], 1, 100))).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('is not there with a client that can not wait', () => {
    const client = Object.assign(new FakeClient(), { wait: undefined });
    expect(nodeRedis(client)).not.toHaveProperty('waitReplicas');
  });

  it('takes one listener of the client, however many adapters it has', () => {
    const client = new FakeClient();
    for (let i = 0; i < 20; i++) nodeRedis(client);
    expect(client.listenerCount('reconnecting')).toBe(1);
  });
});
