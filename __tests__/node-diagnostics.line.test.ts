/** What is published of an event, and its line in a log. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import util from 'node:util';

import { EVENT_NAMES } from '../src/core/events.js';
import { eventLine, nodeDiagnostics } from '../src/node-diagnostics.js';

const site = { key: 'k', name: 'Test.run' };

it.each(EVENT_NAMES)(
  '%s is of interest while somebody listens to its channel, and goes there as it is',
  (name) => {
    const heard = jest.fn<undefined, [unknown, unknown]>();
    const event = { ...site } as never;
    expect(nodeDiagnostics.wants(name)).toBe(false);
    subscribe(`latchkey:${name}`, heard);
    expect(nodeDiagnostics.wants(name)).toBe(true);
    expect(EVENT_NAMES.filter(nodeDiagnostics.wants)).toEqual([name]);
    nodeDiagnostics.publish(name, event);
    unsubscribe(`latchkey:${name}`, heard);
    nodeDiagnostics.publish(name, event);
    expect(heard.mock.calls).toEqual([[event, `latchkey:${name}`]]);
    expect(heard.mock.calls[0]?.[0]).toBe(event);
  },
);

it('an event that there is not interests nobody, and is published nowhere', () => {
  expect(nodeDiagnostics.wants('odd' as never)).toBe(false);
  expect(() => nodeDiagnostics.publish('odd' as never, site as never)).not.toThrow();
});

it.each<[unknown, string]>([
  [{ code: 'E1', name: 'Error' }, '"E1"'],
  [{ code: 7, name: 'Error' }, '"Error"'],
  [{ name: 7 }, '"object"'],
  [undefined, '"undefined"'],
  [null, '"object"'],
  [7, '"number"'],
  ['text', '"string"'],
])('an error is told by its code, its name or its type: %j', (error, shown) => {
  expect(eventLine('refused', { ...site, waited: 1.5, error })).toBe(
    `refused "k" "Test.run" waited=2 error=${shown}`,
  );
});

it('anything else is told as a number, a text or a dash', () => {
  const odd = { ...site, holder: 'a"b', held: 0.4, list: [1], nothing: undefined, flag: true };
  expect(eventLine('waiting', odd as never)).toBe(
    String.raw`waiting "k" "Test.run" holder="a\"b" held=0 list=- nothing=- flag=-`,
  );
});

it.each([true, false])('a line is printed when NODE_DEBUG says so: %p', async (enabled) => {
  const log = Object.assign(jest.fn(), { enabled });
  const debuglog = jest.spyOn(util, 'debuglog').mockReturnValue(log as never);
  await jest.isolateModulesAsync(async () => {
    const { nodeDiagnostics: again } = await import('../src/node-diagnostics.js');
    expect(EVENT_NAMES.map(again.wants)).toEqual(EVENT_NAMES.map(() => enabled));
    again.publish('waiting', { ...site, holder: '%d' });
  });
  expect(debuglog.mock.calls).toEqual([['latchkey']]);
  expect(log.mock.calls).toEqual(enabled ? [['%s', 'waiting "k" "Test.run" holder="%d"']] : []);
  debuglog.mockRestore();
});
