import { BacklogError } from '../../src/adapters/adapter.js';
import { Backlog } from '../../src/adapters/backlog.js';
import { deferred } from '../support/deferred.js';

it('sends nothing when 50,000 steps have no reply, says so, and sends again behind a reply', async () => {
  const backlog = new Backlog('node-redis');
  const reply = deferred<string>();
  const [many, one] = [backlog.count(49_999, () => reply.promise), backlog.count(1, () => reply.promise)];
  const send = jest.fn(() => Promise.resolve('done'));
  const refused = backlog.count(1, send);
  await expect(refused).rejects.toBeInstanceOf(BacklogError);
  await expect(refused).rejects.toThrow('50000 commands of the node-redis client have no reply yet');
  expect(send).not.toHaveBeenCalled();
  reply.resolve('late');
  expect(await Promise.all([many, one])).toEqual(['late', 'late']);
  expect(await backlog.count(1, send)).toBe('done');
});

it('counts what has failed no longer', async () => {
  const backlog = new Backlog('ioredis');
  await expect(backlog.count(50_000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await backlog.count(1, () => Promise.resolve('done'))).toBe('done');
});
