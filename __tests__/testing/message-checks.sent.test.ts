/** What the checks of messages send, in which order it may come, and how long they wait for it. */
import type { AdapterCheck } from '../../src/testing/index.js';
import { after, type Change, delivering } from './otherwise.js';
import { named, plain, StandIn, verdictOf } from './stand-in.js';

// Before the checks are imported: they keep the timers that they find.
jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
let messageChecks: readonly AdapterCheck[];
beforeAll(async () => {
  ({ messageChecks } = await import('../../src/testing/message-checks.js'));
});

it.each([
  ['subscribe resolves', ['first', '', 'two words', 'é 🔑', 'line\r\n', '12']],
  ['a listener gets', ['a', 'b', 'ab', '*', 'a*', '[ab]'].map((name) => `to {}${name}`)],
  ['of two listeners', ['to both', 'to one']],
  ['unsubscribe ends', ['too late', 'is anybody there?']],
  ['of a subscription', ['too late', 'is anybody there?']],
  ['the number', ['to nobody', 'to one']],
])('each message says what it is for: %s …', async (beginning, messages) => {
  const sent: unknown[] = [];
  const noting: Change = ({ run }) => ({
    run: (script, keys, args) => {
      // On a Cluster the key is the way to the node.
      expect(keys).toEqual([args[0]]);
      sent.push(plain(args[1]));
      return run(script, keys, args);
    },
  });
  expect(await verdictOf(named(messageChecks, beginning), new StandIn().but(noting))).toBeUndefined();
  expect(sent).toEqual(messages);
});

it('a subscription is called off before it can have come about, and the reason is told', async () => {
  const reasons: unknown[] = [];
  const noting: Change = ({ subscribe }) => ({
    subscribe: (channel, listener, signal) => {
      expect(signal?.aborted).toBe(false);
      signal?.addEventListener('abort', () => reasons.push(signal.reason));
      return subscribe(channel, listener, signal);
    },
  });
  const check = named(messageChecks, 'of a subscription');
  expect(await verdictOf(check, new StandIn().but(noting))).toBeUndefined();
  expect(reasons).toEqual([new Error('not wanted any more')]);
});

it('of two listeners either may be told first', async () => {
  let listeners = 0;
  const lastFirst = delivering((listener) => {
    const ms = 50 - 10 * listeners++;
    return (...told) => after(ms, () => listener(...told));
  });
  const check = named(messageChecks, 'of two listeners');
  expect(await verdictOf(check, new StandIn().but(lastFirst))).toBeUndefined();
});

it.each([
  ['subscribe resolves', 100],
  ['a listener gets', 100],
  ['of two listeners', 100],
  ['unsubscribe ends', 100],
  ['of a subscription', 100],
  ['the number', 0],
])('nothing is waited for that has come, and a tenth of a second for more: %s …', async (beginning, ms) => {
  const start = Date.now();
  const ended = named(messageChecks, beginning)
    .run(new StandIn().sound)
    .then(() => Date.now() - start);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(await ended).toBe(ms);
});
