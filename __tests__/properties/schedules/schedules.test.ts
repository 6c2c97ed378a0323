import * as fc from 'fast-check';

import { EngineLocker } from '../../../src/create-locker.js';
import { type Lock, memory } from '../../../src/index.js';
import { settle, VirtualEnvironment } from '../../support/virtual-environment.js';
import { holdsInTime } from '../property.js';
import { type Fate, ScheduledTransport } from './transport.js';

const TTL = 2_000;
/** So many steps of the schedule are more than any needs. */
const ENOUGH = 3_000;
/** So many things on their way at once are many. */
const CROWDED = 10;

const call = fc.record({
  program: fc.nat(2),
  list: fc.uniqueArray(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }),
  timeout: fc.constantFrom(0, 700, 5_000, 5_000),
  /** How many moments the work takes. */
  work: fc.nat(4),
});
const oneOf = <Value>(...values: Value[]) => fc.infiniteStream(fc.constantFrom(...values));
const next = <Value>(stream: fc.Stream<Value>): Value => (stream.next() as IteratorYieldResult<Value>).value;
/** How much time passes between two arrivals: mostly none, and sometimes so much that others lose patience. */
const ticks = oneOf(0, 0, 0, 0, 1, 20, 200, 700);
const fates = oneOf<Fate>(...Array<Fate>(12).fill('fine'), 'request lost', 'reply lost', 'connection lost');

it('in whatever order requests, replies and messages arrive: one holder, an answer for each call, and nothing is left', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(call, { minLength: 1, maxLength: 8 }),
    ticks,
    fates,
    async (scheduler, calls, ticks, fates) => {
      const environment = new VirtualEnvironment();
      const backend = memory({ now: () => environment.wall });
      const transport = new ScheduledTransport(backend, scheduler, () => next(fates));
      const lockers = [0, 1, 2].map((n) => {
        const { clock, timers, afterTurn, nextTurn, newToken, warn } = environment;
        const world = {
          clock,
          timers,
          afterTurn,
          nextTurn,
          newToken,
          warn,
          random: () => 0.5,
          process: `host/${n}`,
        };
        return new EngineLocker(transport, { ttl: TTL }, world);
      });
      const locks: Lock[] = [];
      let answered = 0;
      const work = async (lock: Lock, moments: number): Promise<void> => {
        locks.push(lock);
        expect(lock.held).toBe(true);
        for (let moment = 0; moment < moments; moment++) await scheduler.schedule(Promise.resolve(), 'work');
      };
      const ended = Promise.allSettled(
        calls.map(({ program, list, timeout, work: moments }) =>
          lockers[program]!.withLock(list, (lock) => work(lock, moments), { timeout }).finally(
            () => answered++,
          ),
        ),
      );

      const until = async (done: () => boolean): Promise<void> => {
        for (let step = 0; !done(); step++) {
          if (step > ENOUGH) throw new Error(`${calls.length - answered} calls are never answered`);
          if (scheduler.count() > 0) await scheduler.waitNext(1);
          await settle();
          for (const key of ['a', 'b']) {
            const valid = locks.filter((lock) => lock.keys.includes(key) && lock.held);
            expect({ key, holders: Math.min(valid.length, 1) }).toEqual({ key, holders: valid.length });
          }
          // While much is on its way no time passes: what waits would ask again faster than anything arrives.
          if (scheduler.count() < CROWDED) await environment.pass(next(ticks));
          // Nothing is on its way any more: only time can bring something.
          if (scheduler.count() === 0 && !done()) await environment.pass((environment.pending[0] ?? 0) + 1);
        }
      };
      await until(() => answered === calls.length);
      for (const outcome of await ended) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({
            code: expect.stringMatching(/^LOCK_(TIMEOUT|LOST|BACKEND)$/),
          });
      }

      let closed = 0;
      for (const locker of lockers) void locker.close().then(() => closed++);
      await until(() => closed === lockers.length && scheduler.count() === 0);
      expect([transport.listening, environment.pending, environment.warnings]).toEqual([0, [], []]);
      // An acquire that came behind what took it back, and that nobody believes in, ends with its ttl; its place in the
      // queue, when nothing was heard for 3 s.
      environment.stall(3_001);
      expect(backend.keyspace.keys().filter((key) => !key.endsWith(':fence'))).toEqual([]);
      expect(unhandled).toEqual([]);
    },
  );
  await holdsInTime(property, 150);
  process.off('unhandledRejection', note);
});
