import type { Saboteur } from '../saboteur.js';

/** What happens while a body works under a lock: extensions, losses, and what the caller is told. */
export const holding: readonly Saboteur[] = [
  {
    name: 'failed-extension-throws',
    what: 'An extension that fails rejects, and nobody handles it: the process ends (redis-semaphore).',
    file: 'src/core/keeper.ts',
    find: `      this.#failed++;
      this.#plan();
      return 'unknown';`,
    put: `      throw new Error(message);`,
    suite: 'core/keeper.test.ts',
    test: 'tries again while the lease lasts, and goes on when it succeeds',
  },
  {
    name: 'one-failure-loses',
    what: 'One extension that fails for a moment gives the lease up with two thirds of it left (redlock-universal).',
    file: 'src/core/keeper.ts',
    find: `      this.#failed++;
      this.#plan();`,
    put: `      this.#lease.finish('expired');
      this.stop();`,
    suite: 'core/keeper.test.ts',
    test: 'tries again while the lease lasts, and goes on when it succeeds',
  },
  {
    name: 'extends-after-the-release',
    what: 'A release leaves the timer of the next extension running (redlock-universal).',
    file: 'src/core/keeper.ts',
    find: `    this.#stopped = true;
    this.#cancelNext?.();
    this.#cancelEnd?.();`,
    put: '    this.#cancelEnd?.();',
    suite: 'core/keeper.test.ts',
    test: 'sends nothing more once it was stopped, whatever is under way',
  },
  {
    name: 'extends-once-a-ttl',
    what: 'A lease is extended when a twentieth of it is left, so one lost reply loses the lock (redis-semaphore).',
    file: 'src/core/keeper.ts',
    find: 'const PART_LEFT = 2 / 3;',
    put: 'const PART_LEFT = 1 / 20;',
    suite: 'core/keeper.test.ts',
    test: 'extends whenever a third has passed',
  },
  {
    name: 'hung-extension-blocks',
    what: 'While one extension has no reply, no other one is tried (redis-semaphore).',
    file: 'src/core/keeper.ts',
    find: 'if (this.#extends && commandTimeout > tenure.ttl / 4) this.#extendIn(tenure.ttl / 4);',
    put: '',
    suite: 'core/keeper.test.ts',
    test: 'has time for another attempt when one gets no reply for 1000 ms',
  },
  {
    name: 'extension-renewal-storm',
    what: 'The next extension follows at once (redlock-universal, with a short ttl: 36,000 commands a second).',
    file: 'src/core/keeper.ts',
    find: '? Math.max(0, next)',
    put: '? Math.min(1, next)',
    suite: 'core/keeper.test.ts',
    test: 'extends whenever a third has passed',
  },
  {
    name: 'loss-is-swallowed',
    what: 'A call that lost its lock on the way resolves as a plain success.',
    file: 'src/create-locker.ts',
    find: "if (settings.onLost === 'reject' && lock.loss !== undefined) throw lock.loss;",
    put: '',
    suite: 'held-lock.test.ts',
    test: 'has lost it all the same',
  },
  {
    name: 'loss-masks-the-error',
    what: 'The error of a body that also lost its lock is replaced by the loss (node-redlock).',
    file: 'src/create-locker.ts',
    find: 'throw withLoss(error, lock.loss);',
    put: 'throw lock.loss ?? error;',
    suite: 'memory-locks.test.ts',
    test: 'that is lost leaves the body its own error, which tells of the loss by its cause',
  },
  {
    name: 'release-masks-the-result',
    what: 'What comes of the release takes the place of the result of the body (node-redlock, murlock).',
    file: 'src/create-locker.ts',
    find: `    } finally {
      await lock.release();
    }
  }

  async acquire(`,
    put: `    } finally {
      if ((await lock.release()) !== 'unknown') return undefined as never;
    }
  }

  async acquire(`,
    suite: 'memory-locks.test.ts',
    test: 'gives what the body gives, and gives the lock back when it returns, throws or rejects',
  },
  {
    name: 'error-keeps-the-lock',
    what: 'A body that throws does not give its lock back (redis_mutex).',
    file: 'src/create-locker.ts',
    find: `      throw withLoss(error, lock.loss);
    } finally {
      await lock.release();
    }`,
    put: `      throw withLoss(error, lock.loss);
    }
    await lock.release();`,
    suite: 'memory-locks.test.ts',
    test: 'gives what the body gives, and gives the lock back when it returns, throws or rejects',
  },
  {
    name: 'body-starts-short',
    what: 'Nobody looks at what is left of the lease right before the body begins.',
    file: 'src/create-locker.ts',
    find: 'while (lock.remaining < settings.minValidity) {',
    put: 'while (lock.remaining < 0) {',
    suite: 'held-lock.test.ts',
    test: 'a body does not start with less of its lease than minValidity',
  },
  {
    name: 'body-starts-after-the-abort',
    what: 'A body runs whose caller stopped waiting in the moment of the grant.',
    file: 'src/create-locker.ts',
    find: 'throwIfAborted(settings.signal);',
    put: '',
    suite: 'memory-locks.test.ts',
    test: 'does not run the body of a caller that stops waiting in the moment of the grant',
  },
  {
    name: 'no-maxhold',
    what: 'A body that hangs is extended for ever, whatever its maxHold.',
    file: 'src/held-lock.ts',
    find: 'if (holding.maxHold !== Infinity)',
    put: 'if (holding.maxHold < 0)',
    suite: 'memory-locks.test.ts',
    test: 'is given back after maxHold, while the body goes on',
  },
  {
    name: 'held-after-the-clock',
    what: 'After a stall, a lock whose time is over still says that it is held until some timer fires.',
    file: 'src/core/lease.ts',
    find: "    this.finish('expired');\n    return 0;",
    put: '    return Math.max(1, this.#length + remaining);',
    suite: 'core/lease.test.ts',
    test: 'runs down with the time and stays at 0',
  },
  {
    name: 'handed-on-too-short',
    what: 'A lease is handed on within the process although too little of it is left for the next caller.',
    file: 'src/core/tenancy.ts',
    find: 'since < ttl && this.lease.remaining >= minValidity',
    put: 'since < ttl && this.lease.remaining >= Math.min(0, minValidity)',
    suite: 'core/line.test.ts',
    test: 'hands on no lease with less left than the next caller needs',
  },
  {
    name: 'handed-on-for-ever',
    what: 'A busy process hands the lock on within itself without end, and the others starve.',
    file: 'src/core/tenancy.ts',
    find: 'return this.#left > 0 && alike',
    put: 'return alike',
    suite: 'core/line.test.ts',
    test: 'lets the lock go through Redis after ten hand-overs',
  },
  {
    name: 'handed-on-with-the-same-fence',
    what: 'Sections of one process that follow each other have the same fencing token.',
    file: 'src/core/tenancy.ts',
    find: 'return this.#nextFence++;',
    put: 'return this.#nextFence;',
    suite: 'core/line.test.ts',
    test: 'asks for a block of fencing tokens and gives each section one of its own',
  },
  {
    name: 'error-is-wrapped',
    what: 'The error of the body reaches the caller as another one, of no class (nestjs-redlock-universal).',
    file: 'src/create-locker.ts',
    find: 'throw withLoss(error, lock.loss);',
    put: 'throw new Error(String(withLoss(error, lock.loss)));',
    suite: 'memory-locks.test.ts',
    test: 'gives what the body gives, and gives the lock back when it returns, throws or rejects',
  },
  {
    name: 'extends-after-the-hand-over',
    what: 'A holder that has handed its lock over goes on to extend it.',
    file: 'src/core/tenancy.ts',
    find: '    this.#keeper.stop();\n    const quiet = this.#quiet;',
    put: '    const quiet = this.#quiet;',
    suite: 'memory-locks.test.ts',
    test: 'that nobody adopts expires',
  },
];
