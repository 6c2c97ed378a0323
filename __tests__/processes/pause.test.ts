import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

const redis = sharedRedis();
let one: Program;
let other: Program;

beforeEach(async () => {
  one = new Program('lock-client.mjs', { REDIS_URL: redis().url });
  other = new Program('lock-client.mjs', { REDIS_URL: redis().url });
  await Promise.all([one.next(), other.next()]);
});

afterEach(killPrograms);

async function expectNothingLeft(...programs: Program[]): Promise<void> {
  for (const program of programs) {
    await program.ask('close');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  }
  expect(await keysLeft(redis())).toEqual([]);
}

test('a holder that was stopped past its ttl does not release its successor, and learns that it lost the lock', async () => {
  await one.ask('acquire', { key: 'door', options: { ttl: 300 } });
  one.kill('SIGSTOP');
  await other.ask('acquire', { key: 'door' });
  const successor = await redis().command('GET', 'lock:door');

  const released = one.ask('release', { key: 'door' });
  one.kill('SIGCONT');
  expect(await released).toMatchObject({ heldBefore: false, outcome: 'lost' });
  expect(await redis().command('GET', 'lock:door')).toBe(successor);

  expect(await other.ask('release', { key: 'door' })).toMatchObject({
    heldBefore: true,
    outcome: 'released',
  });
  await expectNothingLeft(one, other);
});

test('a waiter that was stopped past its timeout does not run its body, although the lock has become free', async () => {
  await other.ask('acquire', { key: 'door' });
  const startedAt = now();
  const result = one.ask('withLock', { key: 'door', options: { timeout: 400 } });
  await one.next((message) => message['event'] === 'waiting');
  one.kill('SIGSTOP');
  await other.ask('release', { key: 'door' });
  await sleep(startedAt + 600 - now());

  one.kill('SIGCONT');
  expect(await result).toMatchObject({ ran: false, error: { code: 'LOCK_TIMEOUT', key: 'door' } });
  await expectNothingLeft(one, other);
});

test('a waiter that was stopped while its lock was granted, past its timeout, does not run its body and gives it back', async () => {
  await redis().command('SET', 'lock:door', 'somebody else');
  const startedAt = now();
  const result = one.ask('withLock', { key: 'door', options: { timeout: 700 } });
  await one.next((message) => message['event'] === 'waiting');

  // The server holds back the waiter's next attempt, until nobody but the waiter stands in the way of the grant.
  const admin = await redis().client();
  const blocked = async (): Promise<number> => {
    const info = String(await redis().command('INFO', 'clients'));
    return Number(/blocked_clients:(\d+)/.exec(info)![1]);
  };
  await redis().command('CLIENT', 'PAUSE', '5000', 'WRITE');
  const freed = admin.del('lock:door');
  await eventually(async () => (await blocked()) === 2, true);
  one.kill('SIGSTOP');
  await redis().command('CLIENT', 'UNPAUSE');
  await freed;
  await eventually(
    async () => String(await redis().command('GET', 'lock:door')).endsWith(`${one.pid} withLock`),
    true,
  );
  await sleep(startedAt + 900 - now());

  one.kill('SIGCONT');
  expect(await result).toMatchObject({ ran: false, error: { code: 'LOCK_TIMEOUT', key: 'door' } });
  await expectNothingLeft(one, other);
});
