import type { Adapter } from '../adapters/adapter.js';
import type { AdapterCheck } from './adapter-check.js';
import { demand, eventually, fresh, quiet, same, scriptOf, soon } from './probe.js';

/** Publishes by a script, as locks do. @returns how many listen, where the server knows */
async function publish(adapter: Adapter, channel: string, message: string): Promise<unknown> {
  const script = scriptOf("return redis.call('PUBLISH', ARGV[1], ARGV[2])");
  return soon(adapter.run(script, [channel], [channel, message]), 'run of a script that publishes');
}

/** Fails while somebody listens, if that can be known. */
async function nobodyListens(adapter: Adapter, channel: string, why: string): Promise<void> {
  if (adapter.countsListeners === false) return;
  let listening: unknown;
  for (let look = 0; look < 10 && listening !== 0; look++) {
    listening = await publish(adapter, channel, 'is anybody there?');
    if (listening !== 0) await quiet();
  }
  same(listening, 0, `how many listen ${why}`);
}

/** What becomes of messages. */
export const messageChecks: readonly AdapterCheck[] = [
  {
    name: 'subscribe resolves when the server has confirmed it: the next message comes, once, and as it was sent',
    async run(makeAdapter) {
      const [adapter, other] = [await makeAdapter(), await makeAdapter()];
      const channel = fresh();
      const heard: unknown[] = [];
      const stop = await soon(
        adapter.subscribe(channel, (message) => heard.push(message)),
        'subscribe',
      );
      const sent = ['first', '', 'two words', 'é 🔑', 'line\r\n', '12'];
      for (const message of sent) await publish(other, channel, message);
      await eventually(() => heard.length >= sent.length);
      await quiet();
      same(heard, sent, 'the messages');
      await soon(stop(), 'unsubscribe');
    },
  },
  {
    name: 'a listener gets the messages of its channel, and of no other; a channel is no pattern',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const tag = fresh();
      const channels = ['a', 'b', 'ab', '*', 'a*', '[ab]'].map((name) => tag + name);
      const heard: string[] = [];
      const stops = [];
      for (const channel of channels) {
        stops.push(
          await soon(
            adapter.subscribe(channel, (message) => heard.push(`${channel} ${message}`)),
            'subscribe',
          ),
        );
      }
      for (const channel of channels) await publish(adapter, channel, `to ${channel}`);
      await eventually(() => heard.length >= channels.length);
      await quiet();
      same(
        heard.sort(),
        channels.map((channel) => `${channel} to ${channel}`).sort(),
        'which channel was told what',
      );
      for (const stop of stops) await soon(stop(), 'unsubscribe');
    },
  },
  {
    name: 'of two listeners to a channel, one may stop and the other one goes on',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      const channel = fresh();
      const heard: string[] = [];
      const stopA = await soon(
        adapter.subscribe(channel, () => heard.push('a')),
        'subscribe',
      );
      const stopB = await soon(
        adapter.subscribe(channel, () => heard.push('b')),
        'subscribe',
      );
      await publish(adapter, channel, 'to both');
      await eventually(() => heard.length >= 2);
      same([...heard].sort(), ['a', 'b'], 'who heard the first message');
      await soon(stopA(), 'unsubscribe');
      await publish(adapter, channel, 'to one');
      await eventually(() => heard.length >= 3);
      await quiet();
      same(heard.slice(2), ['b'], 'who heard the second message');
      await soon(stopB(), 'unsubscribe');
    },
  },
  {
    name: 'unsubscribe ends it: nothing is delivered any more, the server is told, and a second call is harmless',
    async run(makeAdapter) {
      const [adapter, other] = [await makeAdapter(), await makeAdapter()];
      const channel = fresh();
      let heard = 0;
      const stop = await soon(
        adapter.subscribe(channel, () => heard++),
        'subscribe',
      );
      await soon(stop(), 'unsubscribe');
      await soon(stop(), 'the second unsubscribe');
      await publish(other, channel, 'too late');
      await quiet();
      same(heard, 0, 'how many messages came after unsubscribe');
      await nobodyListens(other, channel, 'after unsubscribe');
    },
  },
  {
    name: 'of a subscription whose signal aborts before it has come about, nothing stays',
    async run(makeAdapter) {
      const [adapter, other] = [await makeAdapter(), await makeAdapter()];
      const channel = fresh();
      let heard = 0;
      const abort = new AbortController();
      const subscribed = adapter.subscribe(channel, () => heard++, abort.signal);
      abort.abort(new Error('not wanted any more'));
      // What has come about all the same is ended by whoever asked for it.
      const stop = await soon(
        subscribed.catch(() => undefined),
        'subscribe with a signal that has aborted',
      );
      if (stop !== undefined) await soon(stop(), 'unsubscribe');
      // Where it can not be known whether anybody listens, it can be heard.
      await publish(other, channel, 'too late');
      await quiet();
      await nobodyListens(other, channel, 'to what was called off');
      same(heard, 0, 'how many messages came to what was called off');
    },
  },
  {
    name: 'the number of listeners is told, unless the adapter says that it is not',
    async run(makeAdapter) {
      const [adapter, other] = [await makeAdapter(), await makeAdapter()];
      if (adapter.countsListeners === false) return;
      const channel = fresh();
      same(await publish(other, channel, 'to nobody'), 0, 'how many listen before anybody does');
      const stop = await soon(
        adapter.subscribe(channel, () => undefined),
        'subscribe',
      );
      const listening = await publish(other, channel, 'to one');
      await soon(stop(), 'unsubscribe');
      demand(
        listening === 1,
        `one program listens, but a script that publishes learns ${String(listening)}: set countsListeners to false`,
      );
    },
  },
];
