// Loads the ESM and the CommonJS build of the package into one process and lets each use what the other made.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

import * as esm from 'latchkey';

const cjs = createRequire(import.meta.url)('latchkey');

async function inside(setter, decorating) {
  const locker = setter.createLocker(setter.memory());
  setter.setDefaultLocker(locker);
  class Lodge {
    inside = 0;
    most = 0;
    async join() {
      this.most = Math.max(this.most, ++this.inside);
      await sleep(2);
      this.inside--;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Lodge.prototype, 'join');
  Object.defineProperty(
    Lodge.prototype,
    'join',
    decorating.WithLock('lodge', 500)(Lodge.prototype, 'join', descriptor),
  );
  const lodge = new Lodge();
  await Promise.all([lodge.join(), lodge.join(), lodge.join()]);

  const held = await locker.acquire('lodge');
  const short = decorating.WithLock('lodge', 0)(Lodge.prototype, 'join', descriptor).value;
  const error = await short.call(lodge).catch((reason) => reason);
  await held.release();
  await locker.close();
  setter.setDefaultLocker(undefined);
  return {
    most: lodge.most,
    recognised: [esm.isLockError(error), cjs.isLockError(error)],
    code: error.code,
    instances: [error instanceof esm.LockError, error instanceof cjs.LockError],
  };
}

console.log(
  JSON.stringify({
    copies: esm.createLocker === cjs.createLocker ? 1 : 2,
    'set by import, used by require': await inside(esm, cjs),
    'set by require, used by import': await inside(cjs, esm),
  }),
);
