import { eventually, pause } from '../support/pause.js';
import { acquire } from '../support/scripts.js';
import { useSubscriptions } from '../support/subscriptions.js';
import type { UseBackend } from './adapter-contract.js';

export function messageCases(use: UseBackend): void {
  const subscribe = useSubscriptions();

  describe('subscribe', () => {
    it('delivers the messages of its channel in their order', async () => {
      const heard: string[] = [];
      await subscribe(await use().open(), 'channel', (message) => heard.push(message));
      const sent = Array.from({ length: 100 }, (_, i) => `message ${i} é🔑`);
      for (const message of sent) {
        await use().publish('channel', message);
        await use().publish('channel2', 'not this one');
      }
      await eventually(() => heard.length, sent.length);
      expect(heard).toEqual(sent);
    });

    it('hears what was sent right after it has resolved', async () => {
      for (let i = 0; i < 20; i++) {
        // Of the round before, one may still be under way between the nodes of a Cluster.
        const heard: string[] = [];
        const stop = await subscribe(await use().open(), 'channel', (message) => heard.push(message));
        await use().publish('channel', `message ${i}`);
        await eventually(() => heard.filter((message) => message === `message ${i}`).length, 1);
        await stop();
      }
    });

    it('calls the same listener once for each of its subscriptions, which end one by one', async () => {
      const adapter = await use().open();
      let heard = 0;
      const listener = (): number => heard++;
      const first = await subscribe(adapter, 'channel', listener);
      await subscribe(adapter, 'channel', listener);
      await use().publish('channel', 'message');
      await eventually(() => heard, 2);
      await first();
      await use().publish('channel', 'message');
      await eventually(() => heard, 3);
      await pause(20);
      expect(heard).toBe(3);
    });

    it('delivers nothing any more once the end of the subscription has resolved', async () => {
      const adapter = await use().open();
      const heard: string[] = [];
      await subscribe(adapter, 'channel', () => undefined);
      const stop = await subscribe(adapter, 'channel', (message) => heard.push(message));
      const publishing = Promise.all(Array.from({ length: 20 }, () => use().publish('channel', 'before')));
      await stop();
      const before = heard.length;
      await publishing;
      await use().publish('channel', 'after');
      await stop();
      await pause(20);
      expect(heard).toHaveLength(before);
      expect(heard).not.toContain('after');
    });

    it('lets a channel be left and joined in the same moment', async () => {
      const adapter = await use().open();
      await subscribe(adapter, 'other', () => undefined);
      const heard: string[] = [];
      // Of another case, some may still be under way between the nodes of a Cluster.
      const listener = (message: string): unknown => message.startsWith('joined') && heard.push(message);
      for (let i = 1; i <= 20; i++) {
        const stop = await subscribe(adapter, 'channel', () => undefined);
        const [next] = await Promise.all([subscribe(adapter, 'channel', listener), stop()]);
        await use().publish('channel', `joined ${i}`);
        await eventually(() => heard.length, i);
        await next();
      }
      expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => `joined ${i + 1}`));
    });
  });
}

/** For adapters whose messages come on a connection of their own. */
export function connectionCases(use: UseBackend): void {
  const subscribe = useSubscriptions();
  const server = () => use().server!;
  const connections = async (): Promise<number> =>
    ((await server().command('CLIENT', 'LIST')) as string).trim().split('\n').length;
  const subscribers = async (): Promise<number> => {
    const list = (await server().command('CLIENT', 'LIST', 'TYPE', 'pubsub')) as string;
    return list.split('\n').filter(Boolean).length;
  };

  it('has one connection for all channels, from the first subscription to the end of the last', async () => {
    const adapter = await use().open();
    const before = await connections();
    expect(await subscribers()).toBe(0);
    const stops = await Promise.all(
      ['a', 'b', 'a'].map((channel) => subscribe(adapter, channel, () => undefined)),
    );
    expect(await subscribers()).toBe(1);
    expect(await connections()).toBe(before + 1);
    await stops[0]!();
    await stops[1]!();
    expect(await subscribers()).toBe(1);
    await stops[2]!();
    await eventually(connections, before);
  });

  it('makes a new connection when somebody listens again', async () => {
    const adapter = await use().open();
    await (
      await subscribe(adapter, 'channel', () => undefined)
    )();
    let heard = 0;
    const stop = await subscribe(adapter, 'channel', () => heard++);
    await use().publish('channel', 'message');
    await eventually(() => heard, 1);
    await stop();
    await eventually(subscribers, 0);
  });

  it('listens to all its channels again after the connection was killed', async () => {
    const adapter = await use().open();
    const heard: string[] = [];
    const stops = await Promise.all(
      ['a', 'b'].map((channel) => subscribe(adapter, channel, (message) => heard.push(channel + message))),
    );
    for (let round = 1; round <= 2; round++) {
      await server().command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await eventually(async () => String(await server().command('PUBSUB', 'NUMSUB', 'a', 'b')), 'a,1,b,1');
      await use().publish('a', String(round));
      await use().publish('b', String(round));
      await eventually(() => heard.join(), [...Array(round).keys()].map((i) => `a${i + 1},b${i + 1}`).join());
    }
    await Promise.all(stops.map((stop) => stop()));
    await eventually(subscribers, 0);
  });

  it('leaves nothing behind when the server refuses the subscription', async () => {
    await server().command(
      'ACL',
      'SETUSER',
      'deaf',
      'on',
      '>secret',
      '~*',
      '+@all',
      'resetchannels',
      '&allowed',
    );
    const adapter = await use().open({ username: 'deaf', password: 'secret' });
    const before = await connections();
    const refusal = use().refusal ?? /^NOPERM/;
    await expect(subscribe(adapter, 'channel', () => undefined)).rejects.toThrow(refusal);
    await eventually(connections, before);

    let heard = 0;
    const stop = await subscribe(adapter, 'allowed', () => heard++);
    await expect(subscribe(adapter, 'channel', () => undefined)).rejects.toThrow(refusal);
    await use().publish('allowed', 'message');
    await eventually(() => heard, 1);
    await stop();
    await eventually(connections, before);
  });

  it('ends a subscription at once while the server does not answer', async () => {
    const adapter = await use().open();
    const stops = [
      await subscribe(adapter, 'a', () => undefined),
      await subscribe(adapter, 'b', () => undefined),
    ];
    process.kill(server().pid, 'SIGSTOP');
    try {
      const ended = Promise.all(stops.map((stop) => stop())).then(() => 'ended');
      expect(await Promise.race([ended, pause(1_000)])).toBe('ended');
    } finally {
      process.kill(server().pid, 'SIGCONT');
    }
    await eventually(subscribers, 0);
  });

  it('leaves the given client open', async () => {
    const adapter = await use().open();
    await (
      await subscribe(adapter, 'channel', () => undefined)
    )();
    expect(await acquire(adapter)).toMatchObject({ granted: true });
  });

  it('says at once that the client is not open, and sends nothing', async () => {
    const closed = await use().openClosed!();
    expect(closed).toHaveLength(2);
    for (const adapter of closed) {
      const run = acquire(adapter);
      const atOnce = new Promise((resolve) => setImmediate(resolve)).then(() => 'later');
      const told = run.then(
        () => 'done',
        (error: unknown) => error,
      );
      expect(await Promise.race([told, atOnce])).toMatchObject({
        name: 'ClientClosedError',
        code: 'CLIENT_CLOSED',
        message: expect.stringMatching(/ (?:connect|createClient)\(\)/) as string,
      });
    }
    expect(await use().get('key')).toBeNull();
  });
}
