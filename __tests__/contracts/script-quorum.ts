import type { AcquireReply } from '../../src/kinds/kind.js';
import { quorumMutex } from '../../src/kinds/quorum-mutex.js';
import type { ScriptStore } from '../support/script-stores.js';
import { pause } from '../support/pause.js';
import {
  acquire as wait,
  grant,
  KEYS,
  OURS,
  release,
  send,
  tenure,
  THEIRS,
  valueOf,
} from '../support/scripts.js';

const MEMORY = '~memory';
/** The longest ttl that a lock may have, in ms. */
const LONGEST = 60_000;
const MONTH = 2_592_000_000;

/** An acquire on a server that may have forgotten what it has granted. */
export function quorumCases(store: () => ScriptStore): void {
  const acquire = async (longest = LONGEST, token = OURS): Promise<AcquireReply> => {
    const call = quorumMutex(MEMORY, longest).acquire(tenure({ token }), undefined);
    return call.read(await send(store().adapter, call));
  };
  /** Lets the server remember since so many ms ago. */
  const remember = (ms: number) => store().set(MEMORY, String(Date.now() - ms), MONTH);
  const lock = () => store().get(KEYS.lock);
  /** @param refusals - gets the message of each error until then */
  const untilGranted = async (refusals: string[]): Promise<AcquireReply> => {
    for (;;) {
      const reply = await acquire().catch((error: unknown) => void refusals.push((error as Error).message));
      if (reply !== undefined) return reply;
    }
  };

  it('grants nothing for so long as a lock may last that it has forgotten, and notes since when', async () => {
    const before = Date.now();
    await expect(acquire()).rejects.toThrow(/^QUARANTINE .* grants nothing for 60000 ms$/);
    expect(await lock()).toBeNull();
    const since = Number(await store().get(MEMORY));
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(Date.now());
    expect(await store().ttl(MEMORY)).toBeGreaterThan(MONTH - 10_000);
    await expect(acquire()).rejects.toThrow(/^QUARANTINE /);
    expect(Number(await store().get(MEMORY))).toBe(since);
  });

  it('grants nothing either when that is nearly over, and grants when it is', async () => {
    await remember(LONGEST - 5_000);
    await expect(acquire()).rejects.toThrow(/^QUARANTINE .* for \d{4} ms$/);
    await remember(LONGEST);
    expect(await acquire()).toMatchObject({ granted: true });
    expect(await lock()).toMatch(valueOf(OURS));
  });

  it('grants not a ms before that, and refuses for no time that is over', async () => {
    for (let round = 0; round < 5; round++) {
      const since = Date.now() - LONGEST + 3;
      await store().set(MEMORY, String(since), MONTH);
      const refusals: string[] = [];
      const { at } = await untilGranted(refusals);
      expect(Math.floor(at / 1_000) - since).toBeGreaterThanOrEqual(LONGEST);
      for (const refusal of refusals) expect(refusal).toMatch(/^QUARANTINE .* for [1-9]\d* ms$/);
      await release(store().adapter);
    }
  });

  it('is as another acquire then: of a taken lock it tells the holder, and takes no place in a queue', async () => {
    await remember(LONGEST);
    await grant(store().adapter, { token: THEIRS, who: 'who has it' });
    expect(await acquire()).toMatchObject({ granted: false, holder: 'who has it' });
    expect(await store().ttl(KEYS.queue)).toBe(-2);
    await release(store().adapter, { token: THEIRS });
    expect(await acquire()).toMatchObject({ granted: true });
  });

  it('notes the fencing token that it gives', async () => {
    const reply = await acquire(0);
    expect(reply).toMatchObject({ granted: true, fence: Number(await store().get(KEYS.fence)) });
  });

  it('overtakes nobody who waits', async () => {
    const { adapter } = store();
    const stop = await adapter.subscribe('channel', () => undefined);
    await grant(adapter, { token: 'x'.repeat(27) });
    await wait(adapter, { token: THEIRS, who: 'who waits' }, 'channel');
    await store().set(KEYS.lock, 'free soon', 1);
    await pause(10);
    expect(await acquire(0)).toMatchObject({ granted: false, holder: 'who waits' });
    expect(await lock()).toMatch(valueOf(THEIRS, 'who waits'));
    await stop();
  });

  it('trusts a server at once that need remember nothing', async () => {
    expect(await acquire(0)).toMatchObject({ granted: true });
    expect(await store().get(MEMORY)).not.toBeNull();
  });

  it.each([
    ['lies ahead, as after its clock was set back', () => String(Date.now() + 3_600_000)],
    ['is no time', () => 'garbage'],
    ['is no time of ours', () => '-1'],
  ])('begins anew when what it has noted %s', async (_, noted) => {
    await store().set(MEMORY, noted());
    const before = Date.now();
    await expect(acquire()).rejects.toThrow(/^QUARANTINE .* for 60000 ms$/);
    expect(Number(await store().get(MEMORY))).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['keeps what it has noted for another month when half of that is over', MONTH / 2 - 1_000, MONTH],
    ['leaves its expiry alone before', MONTH / 2 + 60_000, MONTH / 2 + 60_000],
  ])('%s', async (_, left, expected) => {
    await store().set(MEMORY, String(Date.now() - LONGEST), left);
    await acquire();
    expect(await store().ttl(MEMORY)).toBeGreaterThan(expected - 10_000);
    expect(await store().ttl(MEMORY)).toBeLessThanOrEqual(expected);
  });
}
