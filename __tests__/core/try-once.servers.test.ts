/** One try for a lock of several servers: more than one round, where callers have got some of them each. */
import type { Execution, Executor } from '../../src/core/executor.js';
import { margin } from '../../src/core/lease.js';
import { tryOnce } from '../../src/core/try-once.js';
import { Waiter } from '../../src/core/waiter.js';
import type { Call } from '../../src/kinds/kind.js';
import { request, scriptedEngine, TTL } from '../support/engine.js';
import { settle } from '../support/virtual-environment.js';

/** Several servers, of which a test says what they come to. */
function several() {
  const world = scriptedEngine();
  const asked: { name: string; token: string; answer: (execution: Execution<never>) => Promise<void> }[] = [];
  const servers: Executor = {
    execute: <Result>({ script, secrets }: Call<Result>) =>
      new Promise<Execution<Result>>((resolve) => {
        const answer = (execution: Execution<never>): Promise<void> => (resolve(execution), settle());
        asked.push({ name: script.name, token: secrets[0]!, answer });
      }),
  };
  const engine = { ...world.engine, servers, queues: false };
  const abort = new AbortController();
  const waiter = new Waiter(engine, request({ timeout: 0, signal: abort.signal }));
  tryOnce(engine, waiter, undefined);
  const refused = waiter.granted.catch((error: unknown) => error);
  const sentAt = { mono: world.environment.mono, wall: world.environment.wall };
  const split = (partly?: 'certainly' | 'perhaps'): Execution<never> => {
    const reply = { granted: false, ttlLeft: 9, holder: 'other/2 there', heldFor: undefined, at: 1 };
    return { ok: true, reply: reply as never, sentAt, ...(partly && { partly }) };
  };
  const names = (): string[] => asked.map(({ name }) => name);
  return { ...world, engine, abort, waiter, refused, asked, names, split, sentAt };
}

const [ASK, BACK] = ['mutex-acquire', 'mutex-release'];

it('asks three times when a try has got some of the servers, each time under another token', async () => {
  const { environment, asked, names, split, refused } = several();
  await asked[0]!.answer(split('certainly'));
  expect(names()).toEqual([ASK, BACK]);
  await environment.pass(40);
  expect(names()).toEqual([ASK, BACK, ASK]);
  await asked[2]!.answer(split('certainly'));
  await environment.pass(80);
  expect(names()).toEqual([ASK, BACK, ASK, BACK, ASK]);
  await asked[4]!.answer(split('certainly'));
  expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'other/2 there' });
  await environment.pass(250);
  expect(names()).toEqual([ASK, BACK, ASK, BACK, ASK, BACK]);
  const tokens = asked.map(({ token }) => token);
  expect(tokens.slice(0, 2)).toEqual([tokens[0], tokens[0]]);
  expect(new Set(tokens).size).toBe(3);
});

it.each([
  ['it is not known to have got any of them', 'perhaps'],
  ['it has got none of them', undefined],
] as const)('asks once when %s', async (_, partly) => {
  const { engine, environment, asked, names, split, refused } = several();
  await asked[0]!.answer(split(partly));
  expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT' });
  expect(environment.pending).toEqual([]);
  const rest = partly === undefined ? [] : [BACK];
  expect(names()).toEqual([ASK, ...rest]);
  for (const { answer } of asked.slice(1))
    await answer({ ok: true, reply: 'lost' as never, sentAt: { mono: 0, wall: 0 } });
  await engine.cleanup.finish();
});

it('asks no more when the caller stops waiting between two rounds', async () => {
  const { environment, abort, asked, names, split, refused, told } = several();
  await asked[0]!.answer(split('certainly'));
  abort.abort('gone');
  expect(await refused).toBe('gone');
  await environment.pass(1_000);
  expect(names()).toEqual([ASK, BACK]);
  expect(told.map(([name]) => name)).toEqual(['refused']);
});

it('may be granted the lock in a later round, for as long as it has asked for it there', async () => {
  const { environment, waiter, asked, split, sentAt } = several();
  await asked[0]!.answer(split('certainly'));
  await environment.pass(40);
  const reply = { granted: true, fence: 7, at: 1 };
  await asked[2]!.answer({ ok: true, reply: reply as never, sentAt });
  const grant = await waiter.granted;
  expect(grant).toMatchObject({ fencingToken: 7, waited: environment.mono - sentAt.mono });
  expect(grant.lease.remaining).toBe(TTL - margin(TTL) - grant.waited);
  expect(grant.detach!()).toBe(asked[2]!.token);
});
