import { mutex } from '../../src/kinds/mutex.js';
import type { ScriptStore } from '../support/script-stores.js';
import { acquire, grant, KEYS, OURS, send, tenure, THEIRS, WHO } from '../support/scripts.js';

/** So far ahead that no clock of a server gets there. */
const AHEAD = 8_600_000_000_000_000;
const DAY = 86_400_000;

/** What a server is told of a fencing token that another one has given out. */
export function raiseCases(store: () => ScriptStore): void {
  /** Tells the server of a grant that another one has given `fence` to, for so many sections. */
  const raise = async (fence: number, { token = OURS, sections = 1 } = {}): Promise<unknown> => {
    const reply = { granted: true, fence, at: 1 } as const;
    const call = mutex.acquire(tenure({ token, sections }), undefined).raise!(reply)!;
    return call.read(await send(store().adapter, call));
  };
  const fence = () => store().get(KEYS.fence);

  it('lets the next grant have a higher fencing token than that of all sections of this one', async () => {
    await grant(store().adapter);
    expect(await raise(AHEAD, { sections: 11 })).toBe('raised');
    expect(await fence()).toBe(String(AHEAD + 10));
    const again = await acquire(store().adapter);
    expect(again).toMatchObject({ granted: true, fence: AHEAD + 11 });
  });

  it('never lowers a fencing token: one that is known to be given out stays so', async () => {
    await grant(store().adapter);
    await store().set(KEYS.fence, String(AHEAD));
    expect(await raise(AHEAD - 1)).toBe('raised');
    expect(await fence()).toBe(String(AHEAD));
  });

  it('leaves alone what it knows already', async () => {
    await grant(store().adapter);
    await store().set(KEYS.fence, String(AHEAD), 5_000);
    expect(await raise(AHEAD)).toBe('raised');
    expect(await store().ttl(KEYS.fence)).toBeLessThanOrEqual(5_000);
  });

  it('keeps what it has learnt for a day', async () => {
    await grant(store().adapter);
    await store().set(KEYS.fence, '5', 1_000);
    await raise(AHEAD);
    expect(await store().ttl(KEYS.fence)).toBeGreaterThan(DAY - 10_000);
    expect(await store().ttl(KEYS.fence)).toBeLessThanOrEqual(DAY);
  });

  it.each([
    ['gone', undefined],
    ['somebody else’s', `${THEIRS} ${WHO}`],
    ['that of a token that only begins with ours', `${OURS}x ${WHO}`],
  ])('of a lock that is %s tells so, and leaves the fencing token as it is', async (_, value) => {
    await store().set(KEYS.fence, '7');
    if (value !== undefined) await store().set(KEYS.lock, value, 5_000);
    expect(await raise(AHEAD)).toBe('lost');
    expect(await fence()).toBe('7');
  });

  it('is refused where something else than a fencing token lies', async () => {
    await grant(store().adapter);
    await store().set(KEYS.fence, 'garbage');
    await expect(raise(AHEAD)).rejects.toThrow(/^BADFENCE /);
    expect(await fence()).toBe('garbage');
  });
}
