import * as fc from 'fast-check';

import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory } from '../../src/index.js';
import { everything } from '../support/everything.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';
import { holdsInTime } from './property.js';

const TOKEN = 'Canary';
const PASSWORD = 'open-sesame-4711';

/** A world in which the adapter does with each command, and each subscription, what the test says. */
function world(adapter: Partial<Adapter>) {
  const environment = new VirtualEnvironment();
  const { clock, timers, afterTurn, nextTurn, random, warn, process } = environment;
  let tokens = 0;
  const newToken = (): string => `${TOKEN}-${++tokens}`.padEnd(27, '_');
  const backend = memory({ now: () => environment.wall });
  const locker = new EngineLocker(
    { ...backend, ...adapter },
    { ttl: 1_000, timeout: 300 },
    {
      clock,
      timers,
      afterTurn,
      nextTurn,
      random,
      warn,
      process,
      newToken,
    },
  );
  return { environment, backend, locker };
}

async function outcomeOf(
  environment: VirtualEnvironment,
  call: Promise<unknown>,
): Promise<{ value?: unknown; error?: unknown }> {
  const outcome = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await environment.pass(1_000);
  return outcome;
}

/** Anything a client might bring: of JSON or RESP, near to what a script returns, or far from it. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
});
const likeAReply = fc.array(
  fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom('', '1', 'OK', null), fc.maxSafeNat()),
  { maxLength: 5 },
);

/** A grant, but of another call. */
const notOurs = fc.string().map((nonce) => [nonce, [1, 5, 6]]);

it('a reply of any shape in place of a script’s is a typed error, and never a grant', async () => {
  const property = fc.asyncProperty(
    fc.oneof(anything, likeAReply, notOurs),
    fc.boolean(),
    fc.boolean(),
    async (reply, isSigned, isList) => {
      // In place of the whole reply, or of what stands behind the nonce; the latter only where no script returns such.
      const isGrant = isSigned && Array.isArray(reply) && (reply[0] === 1 || reply[0] === 0);
      fc.pre(!isGrant);
      const { environment, locker } = world({
        run: async (_script, _keys, args) => (isSigned ? [args.at(-1), reply] : reply),
      });
      const { error, value } = await outcomeOf(environment, locker.tryAcquire(isList ? ['a', 'b'] : 'a'));
      expect(value).toBeUndefined();
      expect(error).toMatchObject({ code: 'LOCK_BACKEND', reason: 'UNEXPECTED_REPLY', ownership: 'unknown' });
    },
  );
  await holdsInTime(property, 300);
});

it('a rejection of any shape is a typed error that shows no token and no password', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'NOPERM no',
      'LOADING',
      `ERR unknown command, with args beginning with: '${PASSWORD}'`,
      'socket',
    ),
  );
  const thrown = fc.oneof(
    anything,
    fc.record(
      {
        message: text,
        code: fc.oneof(fc.string(), fc.constantFrom('ECONNREFUSED', 'BACKLOG', 'CLIENT_CLOSED')),
      },
      { requiredKeys: [] },
    ),
    text.map((message) => new Error(message)),
  );
  const property = fc.asyncProperty(
    thrown,
    fc.constantFrom('rejects', 'throws', 'quotes'),
    fc.nat(40),
    async (reason, how, cut) => {
      const run: Adapter['run'] = (_script, _keys, args) => {
        const quoting = Object.assign(new Error(`failed: ${args.join(' ').slice(0, cut)}`), {
          command: { args, password: PASSWORD },
        });
        if (how === 'throws') throw reason as Error;
        return Promise.reject(how === 'quotes' ? quoting : (reason as Error));
      };
      const { environment, locker } = world({ run });
      const told: unknown[] = [];
      for (const name of ['failure', 'refused'] as const) locker.on(name, (event) => told.push(event));
      const { error } = await outcomeOf(environment, locker.acquire('k'));
      expect(error).toMatchObject({ name: 'LockBackendError', code: 'LOCK_BACKEND' });
      for (const shown of [error, ...told]) {
        // Its beginning is as bad: of what is cut, six characters show that it is one.
        expect(everything(shown)).not.toMatch(new RegExp(`${TOKEN}|${PASSWORD}`));
      }
    },
  );
  await holdsInTime(property, 300);
});

it('a message of any content wakes nobody who was not granted the lock, and harms nobody', async () => {
  const number = fc.oneof(
    fc.constantFrom('soon', 1_000, 1),
    fc.nat(),
    fc.maxSafeNat(),
    fc.constantFrom(-1, 1e300, NaN),
  );
  const forged = fc
    .tuple(fc.constantFrom(`${TOKEN}-9`.padEnd(27, '_'), 'x', ''), number, number, number)
    .map((parts) => parts.join(' '));
  const property = fc.asyncProperty(
    fc.array(fc.oneof(fc.string(), forged, anything), { maxLength: 20 }),
    async (messages) => {
      let tell: ((message: string) => void) | undefined;
      const { environment, locker, backend } = world({
        subscribe: async (_channel, listener) => ((tell = listener), async () => undefined),
      });
      backend.keyspace.set('lock:k', 'somebody else', 200);
      const granted: number[] = [];
      const call = locker.acquire('k').then((lock) => (granted.push(environment.mono), lock));
      const start = environment.mono;
      await environment.pass(100);
      for (const message of messages) {
        // An adapter whose client hands on something else than text gets its own error back, if any.
        if (typeof message === 'string')
          tell!(message.replaceAll('soon', String((environment.wall + 1) * 1_000)));
      }
      await environment.pass(0);
      expect(granted).toEqual([]);
      await environment.pass(300);
      expect(granted[0]! - start).toBeGreaterThanOrEqual(200);
      expect((await call).held).toBe(true);
    },
  );
  await holdsInTime(property, 200);
});
