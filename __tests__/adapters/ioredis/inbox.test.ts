import { EventEmitter } from 'node:events';

import { IoredisInbox } from '../../../src/adapters/ioredis/inbox.js';

/** A connection of ioredis that does what a test says. */
class FakeConnection extends EventEmitter {
  status = 'wait';
  readonly asked: string[] = [];
  readonly left: string[] = [];
  refusal: Error | undefined;
  disconnected = 0;
  stream: { unref: jest.Mock; destroy: jest.Mock } | undefined;

  subscribe(channel: string): Promise<void> {
    this.asked.push(channel);
    return this.refusal === undefined ? Promise.resolve() : Promise.reject(this.refusal);
  }

  unsubscribe(channel: string): Promise<void> {
    this.left.push(channel);
    return Promise.reject(new Error('the connection is gone'));
  }

  disconnect(): void {
    this.disconnected++;
    this.end();
  }

  connect(): void {
    this.status = 'ready';
    this.stream = { unref: jest.fn(), destroy: jest.fn() };
    this.emit('connect');
    this.emit('ready');
  }

  end(): void {
    this.status = 'end';
    this.emit('end');
  }
}

let made: FakeConnection[];
let broken: Error | undefined;
let inbox: IoredisInbox;
let heard: string[];

const hear = (message: string): void => void heard.push(message);
const last = (): FakeConnection => made.at(-1)!;

beforeEach(() => {
  jest.useFakeTimers();
  made = [];
  heard = [];
  broken = undefined;
  inbox = new IoredisInbox(() => {
    if (broken !== undefined) throw broken;
    const connection = new FakeConnection();
    made.push(connection);
    return connection;
  });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('has one connection for all channels, which keeps no process alive, and ends with the last listener', async () => {
  const stopFirst = await inbox.subscribe('a', hear);
  const stopSecond = await inbox.subscribe('b', hear);
  last().connect();
  expect(last().stream!.unref).toHaveBeenCalledTimes(1);
  // Nobody listens to it, and it must not end the process.
  last().emit('error', new Error('ECONNRESET'));
  last().emit('message', 'a', 'one');
  last().emit('message', 'c', 'to nobody');
  await stopFirst();
  await stopFirst();
  last().emit('message', 'a', 'late');
  last().emit('message', 'b', 'two');
  expect(heard).toEqual(['one', 'two']);
  expect(last()).toMatchObject({ asked: ['a', 'b'], left: ['a'], disconnected: 0 });
  await stopSecond();
  expect(last()).toMatchObject({ left: ['a'], disconnected: 1 });
  expect(last().stream!.destroy).toHaveBeenCalledTimes(1);
  // It has ended, and nobody waits for another one.
  expect(jest.getTimerCount()).toBe(0);
  await inbox.subscribe('a', hear);
  expect(made.map(({ asked }) => asked)).toEqual([['a', 'b'], ['a']]);
});

it('calls a listener once for each of its subscriptions, and asks the server each time', async () => {
  const stop = await inbox.subscribe('a', hear);
  await inbox.subscribe('a', hear);
  last().emit('message', 'a', 'one');
  await stop();
  last().emit('message', 'a', 'two');
  expect(heard).toEqual(['one', 'one', 'two']);
  expect(last()).toMatchObject({ asked: ['a', 'a'], left: [], disconnected: 0 });
});

it('leaves nothing of a subscription that is refused', async () => {
  const refused = inbox.subscribe('a', hear);
  await refused;
  last().refusal = new Error('NOPERM');
  await expect(inbox.subscribe('b', hear)).rejects.toThrow('NOPERM');
  last().emit('message', 'b', 'not for us');
  expect(heard).toEqual([]);
  expect(last().left).toEqual(['b']);
});

it('connects again after pauses that double from 50 ms to 2 s, half of them by chance, until it is ready', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  await inbox.subscribe('a', hear);
  await inbox.subscribe('b', hear);
  const pauses: number[] = [];
  for (let n = 1; n <= 8; n++) {
    const began = Date.now();
    last().end();
    jest.advanceTimersToNextTimer();
    pauses.push(Date.now() - began);
    expect(made).toHaveLength(n + 1);
    expect(last().asked).toEqual(['a', 'b']);
  }
  expect(pauses.map((pause) => pause / 0.75)).toEqual(
    [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map((pause) => expect.closeTo(pause, -1) as number),
  );
  last().connect();
  const began = Date.now();
  last().end();
  jest.advanceTimersToNextTimer();
  expect(Date.now() - began).toBeLessThanOrEqual(50);
  // What an earlier connection says is nothing to the present one.
  made[0]!.emit('end');
  expect(jest.getTimerCount()).toBe(0);
});

it('tries again when no connection can be made', async () => {
  await inbox.subscribe('a', hear);
  broken = new Error('no node is known');
  last().end();
  jest.advanceTimersToNextTimer();
  expect(made).toHaveLength(1);
  broken = undefined;
  jest.advanceTimersToNextTimer();
  expect(made).toHaveLength(2);
});

it('does not wait for the pause when somebody else subscribes, and makes no third connection behind it', async () => {
  await inbox.subscribe('a', hear);
  last().end();
  await inbox.subscribe('b', hear);
  expect(made).toHaveLength(2);
  expect(last().asked).toEqual(['a', 'b']);
  jest.runAllTimers();
  expect(made).toHaveLength(2);
});

it('makes no connection behind the last listener', async () => {
  const stop = await inbox.subscribe('a', hear);
  last().end();
  await stop();
  expect(jest.getTimerCount()).toBe(0);
});

it('goes over to another connection when it is told to, and only if it has one', async () => {
  inbox.renew();
  expect(made).toHaveLength(0);
  await inbox.subscribe('a', hear);
  inbox.renew();
  expect(made[0]!.disconnected).toBe(1);
  // It has ended, and another one comes.
  inbox.renew();
  expect(made[0]!.disconnected).toBe(1);
  jest.advanceTimersToNextTimer();
  expect(made.map(({ asked }) => asked)).toEqual([['a'], ['a']]);
});
