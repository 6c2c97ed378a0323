import { NodeRedisInbox } from '../../../src/adapters/node-redis/inbox.js';
import { FakeSubscriber } from '../../support/fake-subscriber.js';
import { settle } from '../../support/virtual-environment.js';

const owner = { isOpen: true };
let made: FakeSubscriber[];
let inbox: NodeRedisInbox;
let heard: string[];

beforeEach(() => {
  owner.isOpen = true;
  made = [];
  heard = [];
  inbox = new NodeRedisInbox(owner, () => {
    const subscriber = new FakeSubscriber();
    made.push(subscriber);
    return subscriber;
  });
});

const hear = (message: string): void => void heard.push(message);

/** Subscribes, and lets the connection be made that this takes. */
async function subscribe(channel: string): Promise<() => Promise<void>> {
  const subscribed = inbox.subscribe(channel, hear);
  await settle();
  made.at(-1)!.reach();
  return subscribed;
}

it('delivers nothing any more to who has stopped listening, although it is on its way', async () => {
  const stop = await subscribe('channel');
  const [subscriber] = made;
  // The server has not read it yet.
  subscriber!.unsubscribe = () => new Promise(() => undefined);
  const stopOther = await inbox.subscribe('other', hear);
  subscriber!.hear('channel', 'before');
  await stop();
  subscriber!.hear('channel', 'behind');
  subscriber!.hear('other', 'to another one');
  expect(heard).toEqual(['before', 'to another one']);
  expect(subscriber!.destroyed).toBe(false);
  await stopOther();
  expect(subscriber!.destroyed).toBe(true);
});

it('lets who stops twice stop once: others go on listening', async () => {
  const stop = await subscribe('channel');
  await inbox.subscribe('other', hear);
  await stop();
  await stop();
  expect(made[0]).toMatchObject({ destroyed: false, channels: ['other'] });
});

it('makes another connection when the last one was ended, also while its socket was being made', async () => {
  const stop = await subscribe('channel');
  made[0]!.emit('reconnecting');
  await stop();
  // It can not be ended yet.
  expect(made[0]!.destroyed).toBe(false);
  await subscribe('channel');
  expect(made.map(({ channels }) => channels)).toEqual([[], ['channel']]);
  made[0]!.emit('connect');
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true, false]);
});

it('leaves the connection alone that has taken the place of one that gave up', async () => {
  const stopFirst = await subscribe('first');
  made[0]!.isOpen = false;
  const stopSecond = await subscribe('second');
  await stopFirst();
  expect(made[1]).toMatchObject({ destroyed: false, channels: ['second'] });
  // It is still the one that is used, and counts its own listeners alone.
  const stopThird = await inbox.subscribe('third', hear);
  await stopSecond();
  expect(made).toHaveLength(2);
  expect(made[1]).toMatchObject({ destroyed: false, channels: ['third'] });
  await stopThird();
  expect(made[1]!.destroyed).toBe(true);
});

it('does not connect again when its client is closed, and does while that is open', async () => {
  await subscribe('channel');
  made[0]!.emit('error', new Error('Socket closed unexpectedly'));
  made[0]!.emit('reconnecting');
  expect(made[0]!.destroyed).toBe(false);
  owner.isOpen = false;
  made[0]!.emit('error', new Error('connect ECONNREFUSED'));
  expect(made[0]!.destroyed).toBe(true);
});
