import { Bid } from '../../src/core/bid.js';
import { KEYS, request, scriptedEngine, TTL } from '../support/engine.js';
import { busy, GRANTED, granted, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';

const GRANT = { ttl: TTL, fence: 7, at: 1_700_000_000_000_000 };

/** @param hears - whether messages can be heard */
async function bidding({ hears = false } = {}) {
  const world = scriptedEngine();
  world.adapter.hears = hears;
  if (hears) await world.engine.inbox.open();
  const onMessage = jest.fn();
  const bid = new Bid(world.engine, KEYS, onMessage);
  /** An attempt, and what is sent for it. */
  const attempt = async (change = {}) => {
    const made = bid.attempt(request(change));
    const sent = await world.adapter.next('mutex-acquire');
    return { ...made, sent };
  };
  /** The same, answered. */
  const answered = async (reply: unknown, change = {}): Promise<void> => {
    const made = await attempt(change);
    await (reply instanceof Error ? made.sent.fail(reply) : made.sent.reply(reply));
    bid.settle(made, await made.execution);
  };
  const tokenOf = async (): Promise<string> => (await attempt()).sent.args[0]!;
  /** The commands that are sent from now on, by name. */
  const names = async (): Promise<string[]> => {
    await world.environment.pass(0);
    return world.adapter.unseen.map(({ name }) => name);
  };
  return { ...world, bid, onMessage, attempt, answered, tokenOf, names };
}

it('knows since when, and for how long at most, something of it may be in Redis', async () => {
  const { bid, answered, environment } = await bidding();
  expect([bid.since, bid.longest]).toEqual([undefined, 0]);
  const since = environment.mono;
  await answered(busy(), { ttl: 2_000 });
  environment.stall(300);
  await answered(busy(), { ttl: 500 });
  expect([bid.since?.mono, bid.longest]).toEqual([since, 2_000]);
});

it('has a place in the queue when one that hears has found the lock taken', async () => {
  for (const hears of [false, true]) {
    const { bid, answered } = await bidding({ hears });
    expect(bid.placed).toBe(false);
    await answered(new Error('LOADING'));
    expect(bid.placed).toBe(false);
    await answered(busy());
    expect(bid.placed).toBe(hears);
  }
});

it('hears of its grant until it has an end, and only where there is something to hear', async () => {
  const silent = await bidding();
  const expectation = jest.spyOn(silent.engine.inbox, 'expect');
  await silent.answered(busy());
  expect(expectation).not.toHaveBeenCalled();

  for (const end of ['end', 'withdraw'] as const) {
    const { bid, onMessage, adapter, tokenOf } = await bidding({ hears: true });
    const token = await tokenOf();
    const message = `${token} ${GRANT.ttl} ${GRANT.fence} ${GRANT.at}`;
    await adapter.tell(message);
    expect(onMessage.mock.calls).toEqual([[{ token, ...GRANT }]]);
    bid[end]();
    await adapter.tell(message);
    expect(onMessage).toHaveBeenCalledTimes(1);
  }
});

describe('a bid that is withdrawn', () => {
  it('before its first attempt leaves nothing', async () => {
    const { bid, names } = await bidding();
    bid.withdraw();
    expect([await names(), bid.unknownUntil]).toEqual([[], undefined]);
  });

  it('is taken back when a message has granted it, and may be held until that is done', async () => {
    const { bid, answered, attempt, adapter, environment } = await bidding({ hears: true });
    await answered(busy());
    const { sent, ...again } = await attempt();
    await adapter.tell(`${sent.args[0]} ${GRANT.ttl} ${GRANT.fence} ${GRANT.at}`);
    // Not done: only the message says that there is something.
    await sent.fail(new Error('LOADING'));
    bid.settle(again, await again.execution);
    bid.withdraw();
    expect(bid.unknownUntil).toBe(environment.wall + TTL);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(bid.unknownUntil).toBeUndefined();
  });

  it.each([
    ['is refused without a place', 'nothing', false, busy(), 0],
    ['is refused, and has a place then', 'its token', true, busy(), 1],
    ['is granted', 'its token', false, GRANTED, 1],
    ['fails', 'its token', false, new Error('LOADING'), 1],
  ])(
    'while an attempt is under way that %s takes back %s behind it',
    async (_, __, hears, reply, releases) => {
      const { bid, attempt, environment, names, adapter } = await bidding({ hears });
      const { sent } = await attempt();
      bid.withdraw();
      expect(bid.unknownUntil).toBe(environment.wall + TTL);
      expect(await names()).toEqual([]);
      await (reply instanceof Error ? sent.fail(reply) : sent.reply(reply));
      expect(await names()).toEqual(Array(releases).fill('mutex-release'));
      if (releases > 0) await adapter.unseen[0]!.reply(NOT_OURS);
      expect(bid.unknownUntil).toBeUndefined();
    },
  );

  it.each([
    ['was refused without a place', 'nothing', false, busy(), 0],
    ['was refused, and has a place', 'its token', true, busy(), 1],
    ['was granted', 'its token', false, granted(), 1],
    ['was not done', 'nothing', false, new Error('LOADING'), 0],
    ['may be done', 'its token', false, Object.assign(new Error('reset'), { code: 'ECONNRESET' }), 1],
  ])('and %s takes back %s', async (_, __, hears, reply, releases) => {
    const { bid, answered, names } = await bidding({ hears });
    await answered(reply);
    bid.withdraw();
    expect(await names()).toEqual(Array(releases).fill('mutex-release'));
  });
});
