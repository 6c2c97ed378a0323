// A program that uses the installed package. Compiled with both kinds of decorators, as ESM and as CommonJS.
import 'reflect-metadata';

import { createLocker, isLockError, LOCK_METADATA, memory, WithLock } from 'latchkey';

const locker = createLocker(memory(), { timeout: 50 });
let inside = 0;

class Lodge {
  @WithLock((p) => p.phone, { locker })
  async add(p: { phone: string }): Promise<string> {
    if (++inside > 1) throw new Error('two at once');
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
    return p.phone;
  }

  @WithLock('pages', { locker })
  async *pages(): AsyncGenerator<number> {
    yield 1;
  }
}

async function main(): Promise<void> {
  const lodge = new Lodge();
  const added = await Promise.all([lodge.add({ phone: '555' }), lodge.add({ phone: '555' })]);
  const pages: number[] = [];
  for await (const page of lodge.pages()) pages.push(page);
  const lock = await locker.acquire('555');
  const code = await lodge.add({ phone: '555' }).catch((error: unknown) => isLockError(error) && error.code);
  await lock.release();
  await locker.close();
  const described = Reflect.hasMetadata(LOCK_METADATA, Reflect.get(Lodge.prototype, 'add'));
  console.log([...added, ...pages, code, described].join(' '));
}

void main();
