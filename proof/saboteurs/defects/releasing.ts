import type { Saboteur } from '../saboteur.js';

/** How locks are given back, and what commands without an answer may have left behind. */
export const releasing: readonly Saboteur[] = [
  {
    name: 'orphan-of-an-attempt',
    what: 'What an attempt without an answer may have taken is left to expire (redlock-universal, simple-redis-mutex).',
    file: 'src/core/bid.ts',
    find: 'if (!certain && !mayHold) return;',
    put: 'if (!this.#placed) return;',
    suite: 'core/acquire.failures.test.ts',
    test: 'is no timeout but a backend error, which says until when the outcome is unknown',
  },
  {
    name: 'orphan-of-a-try',
    what: 'A try that its caller gave up while it was under way is not taken back.',
    file: 'src/core/try-once.ts',
    find: `    refuse(undefined, true);
    takeBackLater();`,
    put: '    refuse(undefined, true);',
    suite: 'core/acquire.failures.test.ts',
    test: 'that was granted is given back',
  },
  {
    name: 'give-back-overtakes',
    what: 'What an attempt may have taken is given back before its reply, and so may arrive before it.',
    file: 'src/core/bid.ts',
    find: 'const execution = await last?.execution;',
    put: 'const execution = (await undefined) as Execution<AcquireReply> | undefined;',
    suite: 'core/acquire.test.ts',
    test: 'rejects while a command is under way',
  },
  {
    name: 'release-is-not-repeated',
    what: 'A release whose outcome is unknown is not tried again.',
    file: 'src/core/release.ts',
    find: 'if (execution.failure.retryable) {',
    put: 'if (execution.failure.retryable && claim.tenure.ttl < 0) {',
    suite: 'core/release.test.ts',
    test: 'without an answer is unknown after the command timeout, and goes on in the background',
  },
  {
    name: 'release-twice',
    what: 'Each call of release() sends another release.',
    file: 'src/held-lock.ts',
    find: '    if (this.#release !== undefined) return this.#release;',
    put: '    this.#givenBack &&= this.#release === undefined;',
    suite: 'memory-locks.test.ts',
    test: 'releases once; the outcome stays the same',
  },
  {
    name: 'release-does-not-say',
    what: 'A release says that it was done, although the lock had not been ours any more.',
    file: 'src/kinds/mutex.ts',
    find: `function readRelease(reply: unknown): ReleaseReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'released';
    if (reply[0] === 0) return 'lost';`,
    put: `function readRelease(reply: unknown): ReleaseReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'released';
    if (reply[0] === 0) return 'released';`,
    suite: 'core/release.test.ts',
    test: 'is one command whose outcome may be lost',
  },
  {
    name: 'extension-does-not-say',
    what: 'An extension is read as done, although the lock had not been ours any more.',
    file: 'src/kinds/mutex.ts',
    find: `    if (reply[0] === 1) return 'extended';
    if (reply[0] === 0) return 'lost';`,
    put: `    if (reply[0] === 1) return 'extended';
    if (reply[0] === 0) return 'extended';`,
    suite: 'core/keeper.test.ts',
    test: 'ends the lease at once when the lock is not ours any more',
  },
  {
    name: 'give-back-without-end',
    what: 'What may be left is given back again and again for ever, also when its ttl is long over.',
    file: 'src/core/release.ts',
    find: 'if (remaining <= 0) return false;',
    put: '',
    suite: 'core/acquire.failures.test.ts',
    test: 'is cleaned up after until it confirms, at most for the ttl',
  },
  {
    name: 'close-forgets-the-holders',
    what: 'A locker that closes leaves the locks of its holders in Redis.',
    file: 'src/holders.ts',
    find: `        lock.lose('closed');
        return lock.release();`,
    put: `        lock.lose('closed');`,
    suite: 'memory-locks.test.ts',
    test: 'closes: after the grace the locks of holders are given back under them',
  },
  {
    name: 'close-does-not-wait',
    what: 'A locker says that it has closed while releases are still under way.',
    file: 'src/holders.ts',
    find: '    await this.#engine.cleanup.finish();',
    put: '    void this.#engine.cleanup.finish();',
    suite: 'held-lock.test.ts',
    test: 'a locker that closes waits for the release of a lock that its maxHold has ended',
  },
  {
    name: 'subscription-stays',
    what: 'A subscription that comes about while the locker closes stays for ever.',
    file: 'src/core/inbox.ts',
    find: '      if (signal.aborted) await unsubscribe();\n      else this.#unsubscribe = unsubscribe;',
    put: '      this.#unsubscribe = unsubscribe;',
    suite: 'core/inbox.test.ts',
    test: 'gives up a subscription that comes about only after it was closed',
  },
  {
    name: 'list-keeps-its-part',
    what: 'A call for several locks that ends without the rest keeps those that it has (medusa).',
    file: 'src/take-list.ts',
    find: '    giveBack(parts);\n    throw error;',
    put: '    throw error;',
    suite: 'memory-locks.test.ts',
    test: 'that is not granted in time leaves nothing behind; the error names the key in the way',
  },
  {
    name: 'lists-in-any-order',
    what: 'Calls for several locks take them in the order in which they are named, and so wait for each other in a circle.',
    file: 'src/take-list.ts',
    find: 'requests.sort((one, other) => (one.keys.lock < other.keys.lock ? -1 : 1));',
    put: '',
    suite: 'lists.test.ts',
    test: 'waiting is done in the order of the Redis keys, by their code units',
  },
];
