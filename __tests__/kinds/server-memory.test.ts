import { serverMemory } from '../../src/kinds/server-memory.js';
import { serverMemory as script } from '../../src/scripts/generated.js';

const call = serverMemory('lock:key');

it('asks the server of a key', () => {
  expect([call.script, call.keys, call.args]).toEqual([script, ['lock:key'], []]);
});

it('reads how much memory there may be, and what happens then', () => {
  expect(call.read([1_024, 'allkeys-lru'])).toEqual({ most: 1_024, policy: 'allkeys-lru' });
  expect(call.read([0, ''])).toEqual({ most: 0, policy: '' });
});

it.each([
  ['allkeys-lru'],
  [['1024', 'allkeys-lru']],
  [[1_024, 5]],
  [[]],
  [null],
  [{ 0: 1, 1: 'noeviction' }],
])('refuses %j', (reply) => {
  expect(() => call.read(reply)).toThrow('the reply of the script server-memory is not {integer, string}');
});
