import type { Saboteur } from '../saboteur.js';

/** How long a holder believes that the lock is its own. */
export const lease: readonly Saboteur[] = [
  {
    name: 'lease-from-the-reply',
    what: 'A lease counts from the reply instead of from the sending, as that of redlock-universal does.',
    file: 'src/core/server.ts',
    find: 'const execution = { ok: true, reply, sentAt } as const;',
    put: 'const execution = { ok: true, reply, sentAt: now(clock) } as const;',
    suite: 'core/acquire.test.ts',
    test: 'counts the lease from before the command was sent, not from its reply',
  },
  {
    name: 'quorum-lease-from-the-last-server',
    what: 'On several servers a lease counts from when the last of them was asked.',
    file: 'src/core/quorum.ts',
    find: `    const sentAt = now(this.#environment.clock);
    const asked = this.#ask(call, deadline);`,
    put: `    const asked = this.#ask(call, deadline);
    const sentAt = now(this.#environment.clock);`,
    suite: 'core/quorum.test.ts',
    test: 'counts the lease from before the first server was asked',
  },
  {
    name: 'lease-from-the-message',
    what: 'A grant that comes as a message counts from when it is heard, and not from when the server made it.',
    file: 'src/core/contender.ts',
    find: 'const grantedAt = this.#serverTime.momentOf(at, since);',
    put: `const heardAt = { mono: this.#engine.environment.clock.mono(), wall: this.#engine.environment.clock.wall() };
    const grantedAt = this.#serverTime.momentOf(at, since) && heardAt;`,
    suite: 'core/contender.test.ts',
    test: 'brings a lease that counts from the grant on the server',
  },
  {
    name: 'no-margin',
    what: 'A lease is as long as its ttl: no allowance for drift, and no time to notice its end.',
    file: 'src/core/lease.ts',
    find: 'return drift + guard;',
    put: 'return 0 * (drift + guard);',
    suite: 'core/lease.test.ts',
    test: 'is shorter than the ttl by 1 % and 2 ms for drift',
  },
  {
    name: 'monotonic-clock-alone',
    what: 'A lease counts on the monotonic clock alone, which stands still while the machine is suspended.',
    file: 'src/core/clock.ts',
    find: 'Math.max(clock.mono() - start.mono, clock.wall() - start.wall)',
    put: 'clock.mono() - start.mono',
    suite: 'core/lease.test.ts',
    test: 'believes the wall clock when the machine was suspended',
  },
  {
    name: 'wall-clock-alone',
    what: 'A lease counts on the wall clock alone, as that of node-redlock does, which somebody may set back.',
    file: 'src/core/clock.ts',
    find: 'Math.max(clock.mono() - start.mono, clock.wall() - start.wall)',
    put: 'clock.wall() - start.wall',
    suite: 'core/lease.test.ts',
    test: 'believes the monotonic clock when the wall clock was set back',
  },
  {
    name: 'no-end-by-the-clock',
    what: 'While Redis says nothing, no timer ends the lease: the holder is never told (node-redlock, redis-semaphore).',
    file: 'src/core/keeper.ts',
    find: 'if (remaining === 0) this.stop();',
    put: 'if (remaining >= 0) return;',
    suite: 'core/keeper.test.ts',
    test: 'ends the lease by the clock when nobody answers',
  },
  {
    name: 'lost-comes-back',
    what: 'An extension that is answered late brings a lease back to life that was over.',
    file: 'src/core/lease.ts',
    find: `    if (this.remaining < length - elapsed(this.#clock, sentAt)) {`,
    put: `    if (this.remaining < length - elapsed(this.#clock, sentAt)) {
      this.#end = undefined;`,
    suite: 'core/lease.test.ts',
    test: 'is not undone by what arrives later',
  },
  {
    name: 'extension-makes-shorter',
    what: 'An extension by a shorter time makes the lease shorter than it is known to last.',
    file: 'src/core/lease.ts',
    find: 'if (this.remaining < length - elapsed(this.#clock, sentAt)) {',
    put: 'if (this.remaining > 0) {',
    suite: 'core/lease.test.ts',
    test: 'never makes it shorter',
  },
  {
    name: 'sleep-goes-unnoticed',
    what: 'Nobody looks at the wall clock while a lock is held, so a sleep of the machine is noticed with the next timer only.',
    file: 'src/core/watch.ts',
    find: '    if (this.#running) return;',
    put: '    if (!this.#running) return;',
    suite: 'held-lock.test.ts',
    test: 'a lock is lost a second after the machine has slept for too long',
  },
];
