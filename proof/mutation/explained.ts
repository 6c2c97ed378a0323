import { isAlive, type Mutant } from './mutant.js';

/** A mutant that no test can notice, or need, and why. */
export interface Explained extends Pick<Mutant, 'file' | 'find' | 'put'> {
  readonly why: string;
}

const NO_MATCH =
  'Of a match only the groups are looked at, and the one element that stands here is not one of them.';

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
    file: 'src/core/contender.ts',
    find: '-Infinity',
    put: '+Infinity',
    why: 'A bid of which nothing is left is kept longer then, and counts for nothing.',
  },
  { file: 'src/kinds/mutex.ts', find: '[]', put: '["Stryker was here"]', why: NO_MATCH },
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
