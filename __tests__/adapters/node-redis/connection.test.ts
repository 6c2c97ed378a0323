import { Connection } from '../../../src/adapters/node-redis/connection.js';
import { deferred } from '../../support/deferred.js';
import { FakeSubscriber } from '../../support/fake-subscriber.js';
import { settle } from '../../support/virtual-environment.js';

const OWNER = { isOpen: true };
const NOBODY = 'nobody wants the connection for messages any more';

async function connected(onLost?: (attempts: number) => void) {
  const subscriber = new FakeSubscriber();
  const connection = new Connection(OWNER, () => subscriber, onLost);
  await settle();
  subscriber.reach();
  expect(await connection.connected).toBe(subscriber);
  return { connection, subscriber };
}

it('tells who waits for it that it was ended, and connects nothing that is made then', async () => {
  const made = deferred<FakeSubscriber>();
  const connection = new Connection(OWNER, () => made.promise);
  expect(connection.isOpen).toBe(true);
  connection.unsubscribe('channel', () => undefined);
  connection.end();
  await expect(connection.connected).rejects.toThrow(NOBODY);
  const subscriber = new FakeSubscriber();
  made.resolve(subscriber);
  await settle();
  expect(subscriber).toMatchObject({ isOpen: false, destroyed: false });
  expect(subscriber.listenerCount('error')).toBe(0);
});

it('tells who waits for an answer that it was ended', async () => {
  const { connection } = await connected();
  const answered = connection.unlessEnded(new Promise(() => undefined));
  connection.end();
  await expect(answered).rejects.toThrow(NOBODY);
});

it('is not open when no client could be made', async () => {
  const connection = new Connection(OWNER, () => Promise.reject(new Error('no node')));
  await expect(connection.connected).rejects.toThrow('no node');
  expect(connection.isOpen).toBe(false);
  connection.unsubscribe('channel', () => undefined);
  connection.end();
});

it('asks nothing of a client that has given up, and does not close it again', async () => {
  const { connection, subscriber } = await connected();
  expect(connection.isOpen).toBe(true);
  const listener = (): void => undefined;
  await subscriber.subscribe('channel', listener);
  subscriber.isOpen = false;
  expect(connection.isOpen).toBe(false);
  connection.unsubscribe('channel', listener);
  connection.end();
  expect(subscriber).toMatchObject({ channels: ['channel'], destroyed: false });
});

it('counts how often in a row it was about to connect again', async () => {
  const attempts: number[] = [];
  const { subscriber } = await connected((count) => attempts.push(count));
  for (const event of ['reconnecting', 'reconnecting', 'connect', 'ready', 'reconnecting'])
    subscriber.emit(event);
  expect(attempts).toEqual([1, 2, 1]);
});
