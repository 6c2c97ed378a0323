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

it('handles the rejection of an async listener, which would end the process', async () => {
  const events = new Events();
  const rejected = Promise.reject(new Error('broken listener'));
  const handled = jest.spyOn(rejected, 'catch');
  const listener: () => unknown = () => rejected;
  events.on('granted', listener);
  events.emit('granted', site, more);
  expect(handled).toHaveBeenCalledTimes(1);
  await expect(handled.mock.results[0]!.value).resolves.toBeUndefined();
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

describe('an outlet', () => {
  const outletThat = (wants: boolean) => ({ wants: jest.fn(() => wants), publish: jest.fn() });

  it('gets what it wants, after the listeners', () => {
    const outlet = outletThat(true);
    const events = new Events(outlet);
    const listener = jest.fn(() => expect(outlet.publish).not.toHaveBeenCalled());
    events.on('granted', listener);
    events.emit('granted', site, more);
    expect(outlet.wants.mock.calls).toEqual([['granted']]);
    expect(outlet.publish.mock.calls).toEqual([['granted', event]]);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('gets what it wants when nobody listens, and when listeners throw', () => {
    const outlet = outletThat(true);
    const events = new Events(outlet);
    events.emit('granted', site, more);
    events.on('granted', () => {
      throw new Error('broken listener');
    });
    events.emit('granted', site, more);
    expect(outlet.publish).toHaveBeenCalledTimes(2);
  });

  it('gets nothing that it does not want', () => {
    const outlet = outletThat(false);
    const events = new Events(outlet);
    events.on('granted', () => undefined);
    events.emit('granted', site, more);
    expect(outlet.publish).not.toHaveBeenCalled();
  });

  it('that throws harms nobody', () => {
    const outlet = {
      ...outletThat(true),
      publish: () => {
        throw new Error('broken outlet');
      },
    };
    new Events(outlet).emit('granted', site, more);
  });
});

it('makes no event that nobody wants', () => {
  const touched = jest.fn(() => 5);
  const costly = {
    get waited() {
      return touched();
    },
    fencingToken: 1,
  };
  const events = new Events({ wants: (name) => name === 'waiting', publish: () => undefined });
  const off = events.on('granted', () => undefined);
  off();
  events.emit('granted', site, costly);
  expect(touched).not.toHaveBeenCalled();
  events.on('granted', () => undefined);
  events.emit('granted', site, costly);
  expect(touched).toHaveBeenCalledTimes(1);
});
