import { Keyspace } from '../../../src/adapters/memory/keyspace.js';
import { collectGarbage } from '../../support/collect-garbage.js';

describe('Keyspace', () => {
  let time = 0;
  let keyspace: Keyspace;

  beforeEach(() => {
    time = 1_000;
    keyspace = new Keyspace(() => time);
  });

  it('keeps a value until its last millisecond is over', () => {
    keyspace.set('key', 'value', 10);
    time += 9.9;
    expect([keyspace.get('key'), keyspace.ttl('key'), keyspace.keys()]).toEqual(['value', 1, ['key']]);
    time += 0.1;
    expect([keyspace.get('key'), keyspace.ttl('key'), keyspace.keys()]).toEqual([null, -2, []]);
  });

  it('keeps a value without an expiry', () => {
    keyspace.set('key', 'value');
    time = Number.MAX_SAFE_INTEGER;
    expect([keyspace.get('key'), keyspace.ttl('key')]).toEqual(['value', -1]);
  });

  it('sets a key if it is absent, and an expired one is', () => {
    expect(keyspace.set('key', 'first', 10, true)).toBe(true);
    expect(keyspace.set('key', 'second', 10, true)).toBe(false);
    expect(keyspace.get('key')).toBe('first');
    time += 10;
    expect(keyspace.set('key', 'third', 10, true)).toBe(true);
    expect(keyspace.get('key')).toBe('third');
  });

  it('takes value and expiry from the last set', () => {
    keyspace.set('key', 'first', 10);
    keyspace.set('key', 'second');
    time += 10;
    expect([keyspace.get('key'), keyspace.ttl('key')]).toEqual(['second', -1]);
  });

  it('starts the expiry of a key again, and only of one that is there', () => {
    keyspace.set('key', 'value', 10);
    time += 5;
    expect(keyspace.expire('key', 10)).toBe(true);
    time += 9;
    expect(keyspace.get('key')).toBe('value');
    time += 1;
    expect(keyspace.expire('key', 10)).toBe(false);
    expect(keyspace.get('key')).toBeNull();
  });

  it('deletes a key, and tells whether it was there', () => {
    keyspace.set('key', 'value', 10);
    expect([keyspace.delete('key'), keyspace.delete('key'), keyspace.get('key')]).toEqual([
      true,
      false,
      null,
    ]);
    keyspace.set('key', 'value', 10);
    time += 10;
    expect(keyspace.delete('key')).toBe(false);
  });

  it('tells the time in whole microseconds', () => {
    expect(keyspace.time()).toBe(1_000_000);
    time += 0.0019;
    expect(keyspace.time()).toBe(1_000_001);
  });

  describe('hashes', () => {
    it('have their fields in the order in which they came, whatever is written to them later', () => {
      for (const field of ['b', '1', 'a', '__proto__', '1', 'b']) {
        keyspace.setField('hash', field, `of ${field}`);
      }
      keyspace.setField('hash', 'b', 'changed');
      expect([...keyspace.fields('hash')]).toEqual([
        ['b', 'changed'],
        ['1', 'of 1'],
        ['a', 'of a'],
        ['__proto__', 'of __proto__'],
      ]);
    });

    it('have the fields at the end that have left and come again', () => {
      for (const field of ['a', 'b']) keyspace.setField('hash', field, 'value');
      keyspace.deleteField('hash', 'a');
      keyspace.setField('hash', 'a', 'value');
      expect([...keyspace.fields('hash').keys()]).toEqual(['b', 'a']);
    });

    it('are there from the first field to the last, without an expiry', () => {
      expect(keyspace.fields('hash').size).toBe(0);
      expect(keyspace.keys()).toEqual([]);
      keyspace.setField('hash', 'a', 'value');
      keyspace.setField('hash', 'b', 'value');
      expect([keyspace.keys(), keyspace.ttl('hash')]).toEqual([['hash'], -1]);
      for (const field of ['a', 'a', 'none']) keyspace.deleteField('hash', field);
      expect(keyspace.keys()).toEqual(['hash']);
      keyspace.deleteField('hash', 'b');
      expect(keyspace.keys()).toEqual([]);
      keyspace.deleteField('hash', 'b');
    });

    it('expire as a whole, at a time that no field changes', () => {
      keyspace.setField('hash', 'a', 'value');
      expect(keyspace.expire('hash', 10)).toBe(true);
      time += 5;
      keyspace.setField('hash', 'b', 'value');
      expect(keyspace.ttl('hash')).toBe(5);
      time += 5;
      expect(keyspace.fields('hash').size).toBe(0);
      keyspace.setField('hash', 'c', 'value');
      expect([[...keyspace.fields('hash').keys()], keyspace.ttl('hash')]).toEqual([['c'], -1]);
    });

    it('are not strings, and strings are not hashes', () => {
      keyspace.setField('hash', 'a', 'value');
      keyspace.set('string', 'value');
      const wrongType = 'WRONGTYPE Operation against a key holding the wrong kind of value';
      expect(() => keyspace.get('hash')).toThrow(wrongType);
      expect(() => keyspace.fields('string')).toThrow(wrongType);
      expect(() => keyspace.setField('string', 'a', 'value')).toThrow(wrongType);
      expect(() => keyspace.deleteField('string', 'a')).toThrow(wrongType);
      expect([keyspace.get('string'), [...keyspace.fields('hash')]]).toEqual(['value', [['a', 'value']]]);
    });

    it('are in the way of a string that must be the first, and give way to any other', () => {
      keyspace.setField('key', 'a', 'value');
      expect(keyspace.set('key', 'string', 10, true)).toBe(false);
      expect(keyspace.set('key', 'string', 10)).toBe(true);
      expect(keyspace.get('key')).toBe('string');
      expect(keyspace.delete('key')).toBe(true);
      keyspace.setField('key', 'a', 'value');
      expect(keyspace.delete('key')).toBe(true);
      expect(keyspace.keys()).toEqual([]);
    });
  });

  it('does not keep what has expired, even if nobody asks for it again', async () => {
    for (let i = 0; i < 10; i++) keyspace.set(`stays ${i}`, 'value');
    const forgotten = Array.from({ length: 1_000 }, (_, i) => {
      const value = { text: `value ${i}` };
      keyspace.set(`key ${i}`, value as never, 10);
      return new WeakRef(value);
    });
    time += 10;
    // Two keys are looked at for each one that is written.
    for (let i = 0; i < 510; i++) keyspace.set(`stays ${i}`, 'value');
    await collectGarbage();
    expect(forgotten.filter((value) => value.deref() !== undefined).length).toBe(0);
    expect(keyspace.keys().length).toBe(510);
  });

  it('clears away what has expired as fast as new keys come, and no more at once than two for one', async () => {
    const forgotten = Array.from({ length: 1_000 }, (_, i) => {
      const value = { text: `value ${i}` };
      keyspace.set(`key ${i}`, value as never, 10);
      return new WeakRef(value);
    });
    time += 10;
    for (let i = 0; i < 100; i++) keyspace.set('another', 'value');
    await collectGarbage();
    const gone = forgotten.filter((value) => value.deref() === undefined).length;
    expect(gone).toBeGreaterThanOrEqual(190);
    expect(gone).toBeLessThanOrEqual(200);
  });

  it('writes as fast when it has many keys as when it has few', () => {
    for (let i = 0; i < 100_000; i++) keyspace.set(`key ${i}`, 'value');
    const before = process.cpuUsage();
    for (let i = 0; i < 20_000; i++) keyspace.set(`key ${i % 100}`, 'value');
    // A walk over all that was ever moved took ten times as long.
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });

  it('lists no key that has expired, also if nobody has asked for it', () => {
    keyspace.set('key', 'value', 10);
    keyspace.set('stays', 'value');
    time += 10;
    expect(keyspace.keys()).toEqual(['stays']);
  });

  describe('messages', () => {
    it('come in a turn of their own, in their order, and are counted', async () => {
      const heard: string[] = [];
      keyspace.subscribe('channel', (message) => heard.push(`1 ${message}`));
      keyspace.subscribe('channel', (message) => heard.push(`2 ${message}`));
      expect(keyspace.publish('channel', 'a')).toBe(2);
      expect(keyspace.publish('channel', 'b')).toBe(2);
      expect(keyspace.publish('other', 'c')).toBe(0);
      expect(heard).toEqual([]);
      await Promise.resolve();
      expect(heard).toEqual(['1 a', '2 a', '1 b', '2 b']);
    });

    it('do not reach a listener that has stopped since', async () => {
      const listener = jest.fn();
      const stop = keyspace.subscribe('channel', listener);
      keyspace.publish('channel', 'message');
      stop();
      stop();
      await Promise.resolve();
      expect(listener).not.toHaveBeenCalled();
      expect(keyspace.publish('channel', 'message')).toBe(0);
    });

    it('leave nothing of a channel that everybody has left', async () => {
      const used = async (): Promise<number> => {
        await collectGarbage();
        return process.memoryUsage().heapUsed;
      };
      const before = await used();
      for (let i = 0; i < 50_000; i++) {
        const stop = keyspace.subscribe(`channel ${i}`, () => undefined);
        stop();
        stop();
      }
      expect((await used()) - before).toBeLessThan(4_000_000);
    });

    it('reach the listeners of a channel that was left and joined again', async () => {
      const stopFirst = keyspace.subscribe('channel', jest.fn());
      stopFirst();
      const listener = jest.fn();
      keyspace.subscribe('channel', listener);
      stopFirst();
      expect(keyspace.publish('channel', 'message')).toBe(1);
      await Promise.resolve();
      expect(listener).toHaveBeenCalledWith('message');
    });
  });
});
