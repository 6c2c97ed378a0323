import * as fc from 'fast-check';

import { isLockError } from '../../src/index.js';
import { testWorld } from '../../src/testing/index.js';
import { holdsInTime } from './property.js';

/** What somebody may give for a number, beside anything else. */
const numbers = fc.constantFrom<unknown>(
  ...[
    NaN,
    Infinity,
    -Infinity,
    -1,
    -0,
    0,
    0.5,
    1,
    99,
    100,
    101,
    1_000,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 53 - 1,
    2 ** 53,
  ],
  ...['5', 5n, null, undefined, true, false, 'wait', 'skip', 'abort', ''],
);
const value = fc.oneof(
  { weight: 2, arbitrary: numbers },
  fc.anything({ withBigInt: true, withDate: true, withMap: true }),
);
const LOCKER = [
  'timeout',
  'ttl',
  'extend',
  'maxHold',
  'reentrant',
  'prefix',
  'commandTimeout',
  'minValidity',
  'maxWaiters',
  'maxTtl',
  'waitReplicas',
] as const;
const CALL = [
  'timeout',
  'ttl',
  'extend',
  'maxHold',
  'reentrant',
  'signal',
  'name',
  'onLost',
  'onBusy',
] as const;
const HOSTILE = ['__proto__', 'constructor', 'prototype', 'toString'] as const;

/** Options as they come from JSON: with own properties of any name. */
const optionsOf = (names: readonly string[]) =>
  fc
    .dictionary(
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...names) }, fc.constantFrom(...HOSTILE)),
      value,
      { maxKeys: 3 },
    )
    .map((entries) => {
      const options = {};
      for (const [name, given] of Object.entries(entries))
        Object.defineProperty(options, name, {
          value: given,
          enumerable: true,
          writable: true,
          configurable: true,
        });
      return options;
    });

/** A bad option is named in its error; another error is one of latchkey's own, and says of what kind. */
function judge(error: unknown, given: object): void {
  if (isLockError(error)) return;
  expect([TypeError, RangeError]).toContain((error as Error).constructor);
  const names = [...Object.keys(given), 'options'];
  expect(names.filter((name) => (error as Error).message.includes(name))).not.toEqual([]);
}

const DURATIONS = ['timeout', 'ttl', 'maxHold', 'commandTimeout', 'minValidity'];

/** Whether what was accepted is what the README allows. */
function isDocumented(options: Record<string, unknown>, names: readonly string[]): boolean {
  return Object.entries(options).every(([name, given]) => {
    if (!names.includes(name)) return false;
    if (given === undefined) return true;
    if (DURATIONS.includes(name))
      return given === Infinity || (Number.isSafeInteger(given) && (given as number) >= 0);
    return !['extend', 'reentrant'].includes(name) || typeof given === 'boolean';
  });
}

it('options of any value: an error that names one, or a lock that works; no hang, no warning, nothing polluted', async () => {
  const warnings: unknown[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on('warning', warn);
  const untouched = Object.getOwnPropertyNames(Object.prototype).join();
  const property = fc.asyncProperty(
    // Mostly without, since else hardly a call would come to its own options.
    fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, optionsOf(LOCKER)),
    optionsOf(CALL),
    async (lockerOptions, callOptions) => {
      const world = testWorld();
      let locker;
      try {
        locker = world.locker(lockerOptions);
      } catch (error) {
        judge(error, lockerOptions);
        return;
      }
      let ran = 0;
      const call = locker.withLock(
        'k',
        (lock) => {
          ran++;
          expect(lock.held).toBe(true);
        },
        callOptions,
      );
      const outcome = call.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      await world.pass(10);
      const failed = await Promise.race([
        outcome,
        world.pass(60_000).then(() => ({ error: new Error('it hangs') })),
      ]);
      if (failed === undefined || isLockError(failed.error)) {
        expect([isDocumented(lockerOptions, LOCKER), isDocumented(callOptions, CALL)]).toEqual([true, true]);
      }
      if (failed === undefined) expect(ran).toBe(1);
      else judge(failed.error, { ...callOptions, ...lockerOptions });
      await Promise.all([locker.close({ grace: 0 }), world.pass(0)]);
      expect(world.redis.holder('k')).toBeUndefined();
    },
  );
  await holdsInTime(property, 300);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(untouched);
  // Node tells of a delay that overflows in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});
