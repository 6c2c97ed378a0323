import type { Adapter } from '../../src/adapters/adapter.js';
import { Inbox } from '../../src/core/inbox.js';
import { mutex } from '../../src/kinds/mutex.js';
import { deferred } from '../support/deferred.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

/** An inbox whose subscriptions succeed or fail as the test says. */
const world = () => {
  const environment = new VirtualEnvironment();
  const attempts: { channel: string; tell: (message: string) => void; signal: AbortSignal | undefined }[] =
    [];
  const ended = jest.fn();
  let outcome: () => Promise<void> = () => Promise.resolve();
  const adapter: Pick<Adapter, 'subscribe'> = {
    async subscribe(channel, tell, signal) {
      attempts.push({ channel, tell, signal });
      await outcome();
      return async () => void ended();
    },
  };
  const inbox = new Inbox(adapter as Adapter, mutex, environment);
  return { inbox, environment, attempts, ended, let: (next: typeof outcome) => (outcome = next) };
};

describe('Inbox', () => {
  it('subscribes when it is opened first, and once, however many ask', async () => {
    const { inbox, attempts } = world();
    expect(inbox.channel).toBeUndefined();
    await Promise.all([inbox.open(), inbox.open()]);
    await inbox.open();
    expect(attempts).toHaveLength(1);
    expect(inbox.channel).toBe(attempts[0]?.channel);
    expect(inbox.channel).toMatch(/^latchkey:.{27}$/);
  });

  it('has no channel before the subscription is confirmed: what is sent there until then is lost', async () => {
    const { inbox, attempts, let: outcome } = world();
    const confirmed = deferred();
    outcome(() => confirmed.promise);
    const opened = inbox.open();
    await settle();
    expect([attempts.length, inbox.channel]).toEqual([1, undefined]);
    confirmed.resolve();
    await opened;
    expect(inbox.channel).toBe(attempts[0]?.channel);
  });

  it('has a channel that tells of itself where nobody knows who listens', async () => {
    const subscribe = jest.fn(() => Promise.resolve(() => Promise.resolve()));
    const adapter = { countsListeners: false, subscribe, run: jest.fn() };
    const inbox = new Inbox(adapter, mutex, new VirtualEnvironment());
    await inbox.open();
    expect(inbox.channel).toMatch(/^latchkey:any:.{27}$/);
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  it('never opens where no messages are sent', async () => {
    const inbox = new Inbox(undefined, mutex, new VirtualEnvironment());
    await inbox.open();
    expect(inbox.channel).toBeUndefined();
    await inbox.close();
  });

  it('hands a grant to whoever expects its token, and drops every other message', async () => {
    const { inbox, attempts } = world();
    await inbox.open();
    const heard = jest.fn();
    inbox.expect('mine', heard);
    for (const message of [
      '',
      'mine',
      'mine 1000 5',
      'mine 1000 5 6 7',
      'mine -1 5 6',
      'mine 0 5 6',
      'mine 1000 x 6',
      'other 1000 5 6',
      ' mine 1000 5 6',
      'mine 1000 5 6\n',
      '__proto__ 1000 5 6',
    ]) {
      attempts[0]?.tell(message);
    }
    expect(heard).not.toHaveBeenCalled();
    attempts[0]?.tell('mine 1000 5 6');
    expect(heard).toHaveBeenCalledWith({ token: 'mine', ttl: 1_000, fence: 5, at: 6 });
  });

  it('drops a message for a token that is expected no more', async () => {
    const { inbox, attempts } = world();
    await inbox.open();
    const heard = jest.fn();
    inbox.expect('mine', heard)();
    attempts[0]?.tell('mine 1000 5 6');
    expect(heard).not.toHaveBeenCalled();
  });

  it('does without for 5 s after a subscription has failed, and then tries again', async () => {
    const { inbox, environment, attempts, let: outcome } = world();
    outcome(() => Promise.reject(new Error('NOPERM')));
    await inbox.open();
    expect(inbox.channel).toBeUndefined();
    environment.stall(4_999);
    await inbox.open();
    expect(attempts).toHaveLength(1);
    environment.stall(1);
    outcome(() => Promise.resolve());
    await inbox.open();
    expect(attempts).toHaveLength(2);
    expect(inbox.channel).toBeDefined();
  });

  it('ends its subscription when it is closed', async () => {
    const { inbox, ended } = world();
    await inbox.close();
    expect(ended).not.toHaveBeenCalled();
    const second = world();
    await second.inbox.open();
    await second.inbox.close();
    expect(second.ended).toHaveBeenCalledTimes(1);
  });

  it('gives up a subscription that comes about only after it was closed', async () => {
    const { inbox, attempts, ended, let: outcome } = world();
    const late = deferred();
    outcome(() => late.promise);
    const opened = inbox.open();
    await settle();
    await inbox.close();
    expect(attempts[0]?.signal?.aborted).toBe(true);
    late.resolve();
    await opened;
    expect(ended).toHaveBeenCalledTimes(1);
    expect(inbox.channel).toBeUndefined();
  });
});
