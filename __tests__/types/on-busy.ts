import { type Locker, WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

interface Member {
  id: number;
}

export class Reports {
  last = 'report';

  @WithLock('nightly', { onBusy: 'skip' })
  async skipped(): Promise<string | undefined> {
    return this.last;
  }

  @WithLock((day: string) => day, { onBusy: 'skip', timeout: 10 })
  async skippedVoid(_day: string): Promise<void> {
    this.last = '';
  }

  // @ts-expect-error the result does not admit undefined
  @WithLock('nightly', { onBusy: 'skip' })
  async skippedUnannounced(): Promise<string> {
    return this.last;
  }

  @WithLock('nightly', { onBusy: 'throw' })
  async thrown(): Promise<string> {
    return this.last;
  }

  @WithLock('nightly', { onBusy: () => 'instead' })
  async replaced(): Promise<string> {
    return this.last;
  }

  @WithLock('nightly', { onBusy: async () => null })
  async replacedByAnother(): Promise<string | null> {
    return this.last;
  }

  // @ts-expect-error the result does not admit null
  @WithLock('nightly', { onBusy: () => null })
  async replacedUnannounced(): Promise<string> {
    return this.last;
  }

  @WithLock((m: Member) => m.id, {
    onBusy(this: Reports, m: Member) {
      return this.last + String(m.id);
    },
  })
  async replacedByArguments(m: Member): Promise<string> {
    return this.last + String(m.id);
  }

  @WithLock('steps', { onBusy: 'skip' })
  async *steps(): AsyncGenerator<number> {
    yield 1;
  }

  // @ts-expect-error no such policy
  @WithLock('nightly', { onBusy: 'later' })
  async unknown(): Promise<string> {
    return this.last;
  }
}

export async function lockers(locker: Locker): Promise<void> {
  const plain = await locker.withLock('k', () => 1);
  assert<Equal<typeof plain, number>>();
  const thrown = await locker.withLock('k', () => 1, { onBusy: 'throw' });
  assert<Equal<typeof thrown, number>>();
  const skipped = await locker.withLock('k', async () => 1, { onBusy: 'skip' });
  assert<Equal<typeof skipped, number | undefined>>();
  const replaced = await locker.withLock('k', () => 1, { onBusy: async (busy) => busy.holder });
  assert<Equal<typeof replaced, number | string | undefined>>();

  const work = async (member: Member, _more?: string): Promise<number> => member.id;
  const wrapped = locker.wrap((member) => member.id, work);
  assert<Equal<typeof wrapped, typeof work>>();
  const mayBeSkipped = locker.wrap((member) => member.id, work, { onBusy: 'skip' });
  assert<Equal<Awaited<ReturnType<typeof mayBeSkipped>>, number | undefined>>();
  assert<Equal<Parameters<typeof mayBeSkipped>, Parameters<typeof work>>>();
  const mayBeReplaced = locker.wrap('k', work, { onBusy: (member) => `busy with ${member.id}` });
  assert<Equal<Awaited<ReturnType<typeof mayBeReplaced>>, number | string>>();
}
