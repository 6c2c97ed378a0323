import { isAlive, type Mutant } from './mutant.js';

/** A mutant that no test can notice, or need, and why. */
export interface Explained extends Pick<Mutant, 'file' | 'find' | 'put'> {
  readonly why: string;
}

const NO_MATCH =
  'Of a match only the groups are looked at, and the one element that stands here is not one of them.';

const NOBODY_SERVED = 'Nobody looks at it before somebody is served.';
const SOMEBODY_WAITS =
  'Where there is a contender somebody waits, and where somebody waits without a tenancy there is a contender.';

const SOONER = 'A locker answers this within its own limits, which are shorter, whatever its adapter does.';

/** Those that have been gone through. */
export const EXPLAINED: readonly Explained[] = [
  {
    file: 'src/core/lease.ts',
    find: 'this.remaining < length - elapsed(this.#clock, sentAt)',
    put: 'this.remaining <= length - elapsed(this.#clock, sentAt)',
    why: 'Of two leases that end at the same moment, either is as good as the other.',
  },
  {
    file: 'src/core/keeper.ts',
    find: 'mend === undefined',
    put: 'false',
    why: 'Only several servers look at it, and their calls have one.',
  },
  {
    file: 'src/core/carrier.ts',
    find: 'this.#sent++',
    put: 'this.#sent--',
    why: 'Numbers that fall tell calls apart as well as numbers that rise.',
  },
  {
    file: 'src/core/carrier.ts',
    find: 'first !== undefined',
    put: 'true',
    why: 'Only the compiler does not know that a list of one has a first.',
  },
  {
    file: 'src/core/events.ts',
    find: 'outlet !== undefined',
    put: 'true',
    why: 'Without an outlet there is an error then, which is swallowed as that of an outlet is.',
  },
  {
    file: 'src/core/events.ts',
    find: 'result instanceof Promise',
    put: 'true',
    why: 'What is no promise makes an error then, which is swallowed as that of a listener is.',
  },
  {
    file: 'src/core/bid.ts',
    find: 'claim === undefined',
    put: 'false',
    why: 'Without a claim nothing is held and nothing certain, and the next condition ends it too.',
  },
  {
    file: 'src/core/contender.ts',
    find: '[]',
    put: '["Stryker was here"]',
    why: 'Of what stands there only unknownUntil is looked at, which a string has not.',
  },
  {
    file: 'src/core/contender.ts',
    find: 'since === undefined',
    put: 'false',
    why: 'A bid expects no message before its first attempt.',
  },
  {
    file: 'src/core/inbox.ts',
    find: 'this.#adapter === undefined',
    put: 'false',
    why: 'Without an adapter a subscription fails then, and that is swallowed as any other failure of it.',
  },
  {
    file: 'src/core/quorum.ts',
    find: "''",
    put: '"Stryker was here!"',
    why: 'Only the compiler does not know that each call has a token.',
  },
  {
    file: 'src/core/failure.ts',
    find: "''",
    put: '"Stryker was here!"',
    why: 'Any word does that is no code of Redis; and a text that is split has a first part.',
  },
  {
    file: 'src/core/failure.ts',
    find: "typeof message !== 'string'",
    put: 'false',
    why: 'What is no string throws then, and that is read in the same way.',
  },
  {
    file: 'src/core/server.ts',
    find: '[]',
    put: '["Stryker was here"]',
    why: 'There is no secret in the command that waits for replicas, and nobody answers it with those words.',
  },
  {
    file: 'src/core/try-once.ts',
    find: 'partly !== undefined',
    put: 'true',
    why: 'What is to be taken back is looked at once more then, and nothing is.',
  },
  {
    file: 'src/core/contender.ts',
    find: '-Infinity',
    put: '+Infinity',
    why: 'A bid of which nothing is left is kept longer then, and counts for nothing.',
  },
  {
    file: 'src/core/line.ts',
    find: "{ is: 'holder', who: '', since: 0 }",
    put: '{}',
    why: NOBODY_SERVED,
  },
  { file: 'src/core/line.ts', find: "'holder'", put: '""', why: NOBODY_SERVED },
  { file: 'src/core/line.ts', find: "''", put: '"Stryker was here!"', why: NOBODY_SERVED },
  { file: 'src/core/line.ts', find: 'ahead !== undefined', put: 'true', why: SOMEBODY_WAITS },
  { file: 'src/core/line.ts', find: 'place === undefined', put: 'false', why: SOMEBODY_WAITS },
  {
    file: 'src/core/line.ts',
    find: 'this.#waiters.first?.value',
    put: 'this.#waiters.first.value',
    why: SOMEBODY_WAITS,
  },
  {
    file: 'src/core/line.ts',
    find: 'this.#contender?.stop',
    put: 'this.#contender.stop',
    why: SOMEBODY_WAITS,
  },
  {
    file: 'src/core/line.ts',
    find: 'this.#contender?.obstacle',
    put: 'this.#contender.obstacle',
    why: SOMEBODY_WAITS,
  },
  {
    file: 'src/create-locker.ts',
    find: 'options === undefined',
    put: 'false',
    why: 'What is left out is read as no options, which come to the same settings as those made before.',
  },
  {
    file: 'src/hand-over.ts',
    find: '[]',
    put: '["Stryker was here"]',
    why: 'A list of one word is refused as an empty one is.',
  },
  { file: 'src/testing/lock-checks.ts', find: "'tryAcquire'", put: '""', why: SOONER },
  { file: 'src/testing/lock-checks.ts', find: "'extend'", put: '""', why: SOONER },
  { file: 'src/testing/lock-checks.ts', find: "'release'", put: '""', why: SOONER },
  { file: 'src/testing/lock-checks.ts', find: "'acquire after the release'", put: '""', why: SOONER },
  {
    file: 'src/testing/lock-checks.ts',
    find: "'what becomes of a hundred calls'",
    put: '""',
    why: 'What the calls return is their own, whatever the adapter does: one that fails ends the check before.',
  },
  {
    file: 'src/testing/virtual-redis.ts',
    find: "'somebody else'",
    put: '""',
    why: 'Where steal writes it any text does that is no value of ours, and who reads it is told the same.',
  },
  {
    file: 'src/keys.ts',
    find: "typeof value === 'number'",
    put: 'true',
    why: 'Only the compiler does not know that what is no number is not finite.',
  },
  {
    file: 'src/keys.ts',
    find: 'value !== null',
    put: 'true',
    why: 'To look into null throws, which is read in the same way.',
  },
  {
    file: 'src/keys.ts',
    find: '{\n    return false;\n  }',
    put: '{}',
    why: 'Nothing is as good as false here.',
  },
  {
    file: 'src/held-list.ts',
    find: 'innermost === undefined',
    put: 'false',
    why: 'Only the compiler does not know that a list has at least one lock.',
  },
  {
    file: 'src/holders.ts',
    find: 'this.#acquiring === 0',
    put: 'true',
    why: 'Who waits is refused when it begins, and who has been granted its lock just now has it before anybody looks who holds any.',
  },
  {
    file: 'src/holders.ts',
    find: 'caller === undefined',
    put: 'false',
    why: 'A call from inside no section finds none around it and is in no circle, and so it gets its lock in the same way.',
  },
  {
    file: 'src/take-list.ts',
    find: 'one.keys.lock < other.keys.lock',
    put: 'one.keys.lock <= other.keys.lock',
    why: 'The keys of a list are all different.',
  },
  { file: 'src/kinds/mutex.ts', find: '[]', put: '["Stryker was here"]', why: NO_MATCH },
  {
    file: 'src/adapters/node-redis/connection.ts',
    find: 'this.#client?.isOpen',
    put: 'this.#client.isOpen',
    why: 'Only the compiler does not know that a socket which has been made is that of a client.',
  },
  {
    file: 'src/adapters/ioredis/inbox.ts',
    find: 'connection.stream?.unref',
    put: 'connection.stream.unref',
    why: 'Only the compiler does not know that what has connected has a stream.',
  },
  {
    file: 'src/adapters/ioredis/inbox.ts',
    find: 'this.#connection?.unsubscribe',
    put: 'this.#connection.unsubscribe',
    why: 'Only the compiler does not know that where somebody listens there is a connection, be it one that has ended.',
  },
  {
    file: 'src/adapters/ioredis/inbox.ts',
    find: 'connection !== undefined',
    put: 'true',
    why: 'Only the compiler does not know that where somebody listens there is a connection, be it one that has ended.',
  },
];

/** Why a mutant may live; undefined when nobody has said so. */
export function explanationOf(mutant: Mutant, explained = EXPLAINED): Explained | undefined {
  return explained.find(
    ({ file, find, put }) => file === mutant.file && find === mutant.find && put === mutant.put,
  );
}

/** Explanations of mutants that are killed, or are not made any more. @param mutants - all of the sources that were judged */
export function staleOnes(mutants: readonly Mutant[], explained = EXPLAINED): Explained[] {
  const judged = new Set(mutants.map(({ file }) => file));
  const alive = new Set(mutants.filter(isAlive).map((one) => explanationOf(one, explained)));
  return explained.filter((one) => judged.has(one.file) && !alive.has(one));
}
