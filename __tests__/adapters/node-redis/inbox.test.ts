import { NodeRedisInbox } from '../../../src/adapters/node-redis/inbox.js';
import { FakeSubscriber } from '../../support/fake-subscriber.js';
import { settle } from '../../support/virtual-environment.js';

it('delivers nothing any more to who has stopped listening, although it is on its way', async () => {
  const subscriber = new FakeSubscriber();
  // The server has not read it yet.
  subscriber.unsubscribe = () => new Promise(() => undefined);
  const inbox = new NodeRedisInbox({ isOpen: true }, () => subscriber);
  const heard: string[] = [];
  const hear = (message: string): void => void heard.push(message);
  const subscribed = inbox.subscribe('channel', hear);
  await settle();
  subscriber.reach();
  const stop = await subscribed;
  const stopOther = await inbox.subscribe('other', hear);
  subscriber.hear('channel', 'before');
  await stop();
  subscriber.hear('channel', 'behind');
  subscriber.hear('other', 'to another one');
  expect(heard).toEqual(['before', 'to another one']);
  expect(subscriber.destroyed).toBe(false);
  await stopOther();
  expect(subscriber.destroyed).toBe(true);
});
