import { glide, type ValkeyGlideSubscriber } from '../../src/index.js';
import { type Deferred, deferred, rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';

/** A client for messages, and what a server would know of it. */
class Subscriber implements ValkeyGlideSubscriber {
  /** What the server has confirmed; nothing while it `refuses`. */
  readonly channels = new Set<string>();
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  refuses = false;
  closed = 0;
  /** Of those that have come and those that are waited for, the ones that lack the others. */
  readonly #messages: { channel: string; message: string }[] = [];
  readonly #waiting: Deferred<{ channel: string; message: string }>[] = [];

  async subscribeLazy(channels: Iterable<string>): Promise<void> {
    for (const channel of channels) {
      this.asked.push(`+${channel}`);
      if (!this.refuses) this.channels.add(channel);
    }
  }

  async unsubscribeLazy(channels: Iterable<string>): Promise<void> {
    for (const channel of channels) {
      this.asked.push(`-${channel}`);
      this.channels.delete(channel);
    }
  }

  async getSubscriptions() {
    return { actualSubscriptions: { 0: new Set([...this.channels].map((name) => Buffer.from(name))) } };
  }

  async getPubSubMessage() {
    const message = this.#messages.shift();
    if (message !== undefined) return message;
    const waiting = deferred<{ channel: string; message: string }>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  close(): void {
    this.closed++;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('closed'));
  }

  publish(channel: string, message: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push({ channel, message });
    else waiting.resolve({ channel, message });
  }
}

const CLIENT = { customCommand: () => Promise.resolve(null) };

/** An adapter whose n-th client for messages is the n-th given one. */
function adapter(...made: (ValkeyGlideSubscriber | Promise<ValkeyGlideSubscriber> | Error)[]) {
  return glide(CLIENT, {
    subscriber() {
      const next = made.shift()!;
      if (next instanceof Error) throw next;
      return next;
    },
  });
}

const nobody = (): void => undefined;

describe('the messages of glide', () => {
  it('are those of the channel, for as long as somebody listens', async () => {
    const subscriber = new Subscriber();
    const one = adapter(subscriber);
    const heard: string[] = [];
    const stopA = await one.subscribe('a', (message) => heard.push(`a ${message}`));
    const stopB = await one.subscribe('b', (message) => heard.push(`b ${message}`));
    subscriber.publish('a', '1');
    await eventually(() => heard.join(), 'a 1');
    await stopA();
    subscriber.publish('a', '2');
    subscriber.publish('b', '3');
    await eventually(() => heard.join(), 'a 1,b 3');
    await eventually(() => subscriber.asked.join(), '+a,+b,-a');
    expect(subscriber.closed).toBe(0);
    await stopB();
    await stopB();
    await eventually(() => subscriber.closed, 1);
    // Unsubscribed before it was closed.
    expect(subscriber.asked.join()).toBe('+a,+b,-a,-b');
  });

  it('come on another client after the last one was closed, and after one could not be made', async () => {
    const [first, second] = [new Subscriber(), new Subscriber()];
    const one = adapter(new Error('no server'), first, second);
    expect(await rejection(one.subscribe('a', nobody))).toMatchObject({ message: 'no server' });
    await (
      await one.subscribe('a', nobody)
    )();
    await one.subscribe('a', nobody);
    expect(second.asked).toEqual(['+a']);
    await eventually(() => first.closed, 1);
    expect(second.closed).toBe(0);
  });

  it('come on another client after the last one was closed by somebody else', async () => {
    const [first, second] = [new Subscriber(), new Subscriber()];
    const one = adapter(first, second);
    const stop = await one.subscribe('a', nobody);
    first.close();
    await pause(0);
    let heard = 0;
    await one.subscribe('a', () => heard++);
    await stop();
    second.publish('a', 'message');
    await eventually(() => heard, 1);
    expect(second.closed).toBe(0);
  });

  it('do not come about when the client never says that it has subscribed; then nothing is left', async () => {
    const subscriber = Object.assign(new Subscriber(), { refuses: true });
    const since = performance.now();
    expect(await rejection(adapter(subscriber).subscribe('a', nobody))).toMatchObject({
      message: 'the GLIDE client did not change its subscriptions within 1000 ms',
    });
    expect(performance.now() - since).toBeLessThan(3_000);
    await eventually(() => subscriber.closed, 1);
    // Once each, and not again and again.
    expect(subscriber.asked).toEqual(['+a', '-a']);
  });

  it('are given up when they are not wanted any more: a client that is made too late is closed unused', async () => {
    const late = deferred<ValkeyGlideSubscriber>();
    const subscriber = new Subscriber();
    const abort = new AbortController();
    const subscribing = adapter(late.promise).subscribe('a', nobody, abort.signal);
    abort.abort(new Error('not wanted'));
    expect(await rejection(subscribing)).toMatchObject({ message: 'not wanted' });
    late.resolve(subscriber);
    await eventually(() => subscriber.closed, 1);
    expect(subscriber.asked).not.toContain('+a');
  });

  it('come to who joins a channel in the moment in which another leaves it', async () => {
    const subscriber = new Subscriber();
    const one = adapter(subscriber);
    await one.subscribe('other', nobody);
    const stop = await one.subscribe('a', nobody);
    void stop();
    let heard = 0;
    await one.subscribe('a', () => heard++);
    expect(subscriber.channels).toContain('a');
    subscriber.publish('a', 'message');
    await eventually(() => heard, 1);
  });

  it('need a client of their own, and there are none without one', async () => {
    const shared = Object.assign(new Subscriber(), CLIENT);
    const error = await rejection(glide(shared, { subscriber: () => shared }).subscribe('a', nobody));
    expect(error).toEqual(
      new TypeError('glide: subscriber must make a client of its own, since latchkey closes it'),
    );
    expect(shared.closed).toBe(0);
    expect(await rejection(glide(CLIENT).subscribe('a', nobody))).toMatchObject({
      message: 'glide: without the option "subscriber" there are no messages',
    });
  });
});
