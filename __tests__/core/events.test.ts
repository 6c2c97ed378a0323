import { Events } from '../../src/core/events.js';

const site = { key: 'k', name: 'Test.run' };
const more = { waited: 5, fencingToken: 1 };
const event = { ...site, ...more };

it('tells every listener, in the order in which they came', () => {
  const events = new Events();
  const seen: unknown[] = [];
  events.on('granted', (told) => seen.push(['first', told]));
  events.on('granted', (told) => seen.push(['second', told]));
  events.on('released', () => seen.push('another event'));
  events.emit('granted', site, more);
  expect(seen).toEqual([
    ['first', event],
    ['second', event],
  ]);
});

it('goes on when a listener throws', () => {
  const events = new Events();
  const second = jest.fn();
  events.on('granted', () => {
    throw new Error('broken listener');
  });
  events.on('granted', second);
  events.emit('granted', site, more);
  expect(second).toHaveBeenCalledWith(event);
});

it('calls a listener that was added twice two times, and takes it away one by one', () => {
  const events = new Events();
  const listener = jest.fn();
  const off = events.on('granted', listener);
  events.on('granted', listener);
  events.emit('granted', site, more);
  expect(listener).toHaveBeenCalledTimes(2);
  off();
  off();
  events.emit('granted', site, more);
  expect(listener).toHaveBeenCalledTimes(3);
});
