/** That the checks of messages find what is wrong with an adapter, on a stand-in for a server. */
import type { Unsubscribe } from '../../src/adapters/adapter.js';
import type { AdapterCheck } from '../../src/testing/index.js';
import {
  aborting,
  after,
  both,
  type Change,
  counting,
  delivering,
  ending,
  late,
  muting,
  uncounted,
} from './otherwise.js';
import { hangs, named, plain, StandIn, verdictOf, verdictsOf } from './stand-in.js';

// Before the checks are imported: they keep the timers that they find.
jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
let messageChecks: readonly AdapterCheck[];
beforeAll(async () => {
  ({ messageChecks } = await import('../../src/testing/message-checks.js'));
});
const check = (beginning: string): AdapterCheck => named(messageChecks, beginning);

const SOUND: [what: string, Change][] = [
  ['does all as it should', () => ({})],
  ['has its messages a second later', late(() => 1_000)],
  ['has the messages of one channel before those of another', late((channel) => 900 - 100 * channel.length)],
  ['rejects a subscription that is called off', aborting((stop) => void stop())],
  ['ends late, on the server, what is called off', aborting((stop) => after(800, () => void stop()))],
  [
    'ends late, on the server, what is over',
    ending(async (stop, mute) => {
      mute();
      after(750, () => void stop());
    }),
  ],
  ['does not know how many listen', uncounted(counting(() => 3))],
  ['does not know that somebody listens still', uncounted(muting)],
];

it.each(SOUND)('find nothing wrong with one that %s', async (what, change) => {
  for (const one of messageChecks) {
    const server = new StandIn();
    const start = Date.now();
    expect([one.name, await verdictOf(one, server.but(change))]).toEqual([one.name, undefined]);
    await jest.advanceTimersByTimeAsync(1_000);
    if (!what.includes('still')) expect(server.listening).toBe(0);
    expect(server.left).toEqual([]);
    // Nothing is waited for that has come.
    if (what.startsWith('does')) expect(Date.now() - start).toBeLessThan(2_000);
  }
});

const BROKEN: [fault: string, check: string, change: Change, found: RegExp][] = [
  [
    'listens late',
    'subscribe resolves',
    ({ subscribe }) => ({
      subscribe: async (...call) => {
        const stop = new Promise<Unsubscribe>((resolve) => after(300, () => resolve(subscribe(...call))));
        return async () => (await stop)();
      },
    }),
    /^the messages: expected \["first","","two words","é 🔑","line\\r\\n","12"\], but it is \[\]$/,
  ],
  [
    'delivers twice',
    'subscribe resolves',
    delivering((listener) => (...told) => {
      listener(...told);
      after(90, () => listener(...told));
    }),
    /^the messages: expected .*"12"\], but it is \["first","","two words","é 🔑","line\\r\\n","12","first",/,
  ],
  [
    'reads messages as JSON',
    'subscribe resolves',
    delivering(
      (listener) => (text, channel) => listener(/^\d+$/.test(text) ? (Number(text) as never) : text, channel),
    ),
    /^the messages: expected .*,"12"\], but it is .*,12\]$/,
  ],
  [
    'delivers to the wrong listener',
    'a listener gets',
    ({ subscribe }) => {
      const listeners: ((text: string) => void)[] = [];
      return {
        subscribe: (channel, listener, signal) => {
          listeners.push(listener);
          return subscribe(channel, (text) => listeners[0]!(text), signal);
        },
      };
    },
    /^which channel was told what: expected \["{}\* to {}\*",.*, but it is \["{}a to {}\*"/,
  ],
  [
    'has a message once more for another channel, which comes late',
    'a listener gets',
    delivering((listener) => (text, channel) => {
      listener(text, channel);
      if (channel.endsWith('*')) after(90, () => listener('', ''));
    }),
    /^which channel was told what: expected .*, but it is \["{}\* ",/,
  ],
  [
    'stops all listeners with one',
    'of two listeners',
    ({ subscribe }) => {
      let isOn = true;
      return {
        subscribe: async (channel, listener, signal) => {
          const stop = await subscribe(channel, (text) => isOn && listener(text), signal);
          return async () => ((isOn = false), stop());
        },
      };
    },
    /^who heard the second message: expected \["b"\], but it is \[\]$/,
  ],
  [
    'goes on with a listener that has stopped, and late',
    'of two listeners',
    both(
      late((channel) => channel.length),
      ending(async (stop) => after(50, () => void stop())),
    ),
    /^who heard the second message: expected \["b"\], but it is \["a","b"\]$/,
  ],
  [
    'has one listener for a channel',
    'of two listeners',
    ({ subscribe }) => {
      let last: (text: string) => void;
      return {
        subscribe: (channel, listener, signal) => {
          last = listener;
          return subscribe(channel, (text) => last(text), signal);
        },
      };
    },
    /^who heard the first message: expected \["a","b"\], but it is \["b","b"\]$/,
  ],
  [
    'does not unsubscribe',
    'unsubscribe ends',
    ending(async () => undefined),
    /^how many messages came after unsubscribe: expected 0, but it is 1$/,
  ],
  [
    'unsubscribes late',
    'unsubscribe ends',
    both(
      late(() => 90),
      ending(async () => undefined),
    ),
    /^how many messages came after unsubscribe: expected 0, but it is 1$/,
  ],
  [
    'unsubscribes for itself only',
    'unsubscribe ends',
    muting,
    /^how many listen after unsubscribe: expected 0, but it is 1$/,
  ],
  [
    'tells the server a second too late',
    'unsubscribe ends',
    ending(async (stop, mute) => {
      mute();
      after(1_050, () => void stop());
    }),
    /^how many listen after unsubscribe: expected 0, but it is 1$/,
  ],
  [
    'loses the abort signal',
    'of a subscription',
    ({ subscribe }) => ({
      subscribe: async (channel, listener, signal) => {
        const stop = await subscribe(channel, listener);
        signal?.throwIfAborted();
        return stop;
      },
    }),
    /^how many listen to what was called off: expected 0, but it is 1$/,
  ],
  [
    'goes on with what was called off, where nobody counts',
    'of a subscription',
    uncounted(({ subscribe }) => ({
      subscribe: async (channel, listener, signal) => {
        const stop = await subscribe(channel, (text) => after(90, () => listener(text)));
        signal?.throwIfAborted();
        return stop;
      },
    })),
    /^how many messages came to what was called off: expected 0, but it is 1$/,
  ],
  [
    'counts listeners that it can not count',
    'the number',
    counting((listeners) => (listeners === 1 ? 0 : listeners)),
    /^one program listens, but a script that publishes learns 0: set countsListeners to false$/,
  ],
  [
    'counts listeners that are not there',
    'the number',
    counting((listeners) => Number(listeners) + 1),
    /^how many listen before anybody does: expected 0, but it is 1$/,
  ],
];

it.each(BROKEN)('find out one that %s by: %s …', async (_fault, beginning, change, found) => {
  const verdict = await verdictOf(check(beginning), new StandIn().but(change));
  await jest.advanceTimersByTimeAsync(2_000);
  expect(plain(verdict)).toMatch(found);
});

it.each(['a', 'b', 'ab', '*', 'a*', '[ab]'])('find out one that hears nothing from …%s', async (name) => {
  const change = delivering((listener) => (text, channel) => {
    if (!channel.endsWith(`}${name}`)) listener(text, channel);
  });
  expect(await verdictOf(check('a listener gets'), new StandIn().but(change))).toMatch(
    /^which channel was told/,
  );
});

const times = <Value>(n: number, value: Value): Value[] => Array.from({ length: n }, () => value);
const [SUBSCRIBE, PUBLISH, UNSUBSCRIBE] = ['subscribe', 'run of a script that publishes', 'unsubscribe'];

it.each([
  ['subscribe resolves', [SUBSCRIBE, ...times(6, PUBLISH), UNSUBSCRIBE]],
  ['a listener gets', [SUBSCRIBE, PUBLISH, UNSUBSCRIBE].flatMap((what) => times(6, what))],
  ['of two listeners', [SUBSCRIBE, SUBSCRIBE, PUBLISH, UNSUBSCRIBE, PUBLISH, UNSUBSCRIBE]],
  ['unsubscribe ends', [SUBSCRIBE, UNSUBSCRIBE, 'the second unsubscribe', PUBLISH, PUBLISH]],
  ['of a subscription', ['subscribe with a signal that has aborted', UNSUBSCRIBE, PUBLISH, PUBLISH]],
  ['the number', [PUBLISH, SUBSCRIBE, PUBLISH, UNSUBSCRIBE]],
])('end also when an adapter does not answer, whichever call it is: %s …', async (beginning, waited) => {
  const found = waited.map((what) => `${what} has not settled after 5000 ms`);
  expect(await verdictsOf(check(beginning), hangs)).toEqual(found);
});
