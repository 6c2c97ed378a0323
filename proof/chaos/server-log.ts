import type { Event } from '../checker/history.js';
import { WHOLE } from '../checker/truth.js';
import type { Monitored } from './monitor.js';

/** What is put before the keys of locks. */
const PREFIX = 'lock:';

/** When something was done: not before one moment and not after another. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** A script, by whom it was called, for all of which locks if it takes several, and what it has done. */
interface Call {
  readonly at: number;
  readonly by: readonly string[];
  readonly all: readonly string[] | undefined;
  readonly lines: Monitored[];
}

interface Owner {
  token: string;
  until: number;
}

/**
 * Makes the events of a history of what a server was seen to do: whose each lock is, until when, and which fencing tokens were
 * given out. A script is looked at as a whole, since what it does first may tell of what comes later in it.
 */
export class ServerLog {
  readonly #tell: (event: Event) => void;
  readonly #offset: () => number;
  readonly #owners = new Map<string, Owner>();
  readonly #fences = new Map<string, number>();
  /** Fencing tokens of which it is not known yet whose they are. */
  readonly #pending = new Map<string, number>();
  /** Locks that somebody has waited for. */
  readonly #queues = new Set<string>();
  #script: Call | undefined;

  /** @param offset - from the server's wall clock to the clock of the history, in ms */
  constructor(tell: (event: Event) => void, offset: () => number) {
    this.#tell = tell;
    this.#offset = offset;
  }

  take(line: Monitored): void {
    if (line.byScript) {
      this.#script?.lines.push(line);
      return;
    }
    this.flush();
    const [command, ...rest] = line.words;
    const at = line.at + this.#offset();
    if (command === 'EVALSHA' || command === 'EVAL') {
      const last = 2 + Number(rest[1]);
      const by = rest.slice(last).filter((word) => /^[\w-]{20,40}$/.test(word));
      const locks = rest.slice(2, last).flatMap((name) => keyOf(name) ?? []);
      // Of one token, and not of several steps that travel together.
      const all = locks.length > 1 && new Set(by).size === 1 ? locks : undefined;
      this.#script = { at, by, all, lines: [] };
    } else this.#operator(at, command, rest);
  }

  /** No more lines of the last script come. */
  flush(): void {
    const script = this.#script;
    this.#script = undefined;
    if (script === undefined) return;
    const { at, by, all, lines } = script;
    const tried: string[] = [];
    lines.forEach(({ at: written, words: [command, name = '', value = '', ...more] }, n) => {
      // A server may stop between any two lines: what it has done, it has done before it writes the next one.
      const done = { from: at, to: (lines[n + 1]?.at ?? written) + this.#offset() };
      const key = keyOf(name);
      if (key === undefined) {
        const [fenced, queued] = [keyOfPart('fence', name), keyOfPart('queue', name)];
        if (command === 'SET' && fenced !== undefined) this.#fence(fenced, Number(value), at);
        else if (command === 'PUBLISH') tried.push(value.split(' ')[0]!);
        else if (command === 'ZADD' && queued !== undefined) this.#wait(queued, more[1]!, at);
        else if (command === 'ZREM' && queued !== undefined)
          this.#tell({ at, process: 'server', type: 'leave', key: queued, token: value });
      } else if (command === 'DEL') this.#disown(key, at, by);
      else if (command === 'PEXPIRE') this.#extend(key, done, Number(value), by);
      else if (command === 'SET') {
        const next = lines[n + 1]?.words;
        // A script that was refused looks at who has the lock.
        const refused = more.includes('NX') && next?.[0] === 'GET' && next[1] === name;
        const ttl = Number(more[more.indexOf('PX') + 1]);
        const token = value.split(' ')[0]!;
        const taken = by.includes(token) ? all : undefined;
        if (!refused) this.#own(key, token, done, ttl, by, { tried: [...tried], all: taken });
      }
    });
    for (const key of [...this.#pending.keys()]) this.#settle(key, at);
  }

  /** The server has lost all that it knew. */
  forget(at: number): void {
    this.flush();
    for (const key of [...this.#owners.keys()]) this.#disown(key, at, 'operator');
    for (const key of this.#queues) this.#note('meddled', key, at);
  }

  #operator(at: number, command: string, [name = '', value = '', ...more]: readonly string[]): void {
    if (command === 'FLUSHALL') this.forget(at);
    for (const part of ['queue', 'waiters']) {
      const queued = keyOfPart(part, command === 'COPY' ? value : name);
      if (queued !== undefined) this.#note('meddled', queued, at);
    }
    const [key, fenced] = [keyOf(name), keyOfPart('fence', name)];
    if (command === 'SET' && fenced !== undefined) this.#note('spoilt', fenced, at);
    if (key === undefined) return;
    if (command === 'HSET') this.#note('spoilt', key, at);
    if (command === 'DEL' || command === 'PEXPIRE') this.#disown(key, at, 'operator');
    if (command === 'SET')
      this.#own(key, value, { from: at, to: at }, Number(more[1] ?? Infinity), 'operator');
  }

  #own(
    key: string,
    token: string,
    done: Span,
    ttl: number,
    by: readonly string[] | 'operator',
    { tried = [], all }: { tried?: readonly string[]; all?: readonly string[] | undefined } = {},
  ): void {
    const at = done.from;
    // The fencing token of a grant to who waits comes before it: it is not the owner's.
    const last = this.#pending.get(key);
    this.#pending.delete(key);
    this.#owners.set(key, { token, until: done.to + ttl });
    const more = { ...(tried.length > 0 && { tried }), ...(all && { all }) };
    this.#tell({ at, process: 'server', type: 'own', key, token, ...lasting(done, ttl), by, ...more });
    if (last !== undefined) this.#give(key, token, last, at);
  }

  #extend(key: string, done: Span, ttl: number, by: readonly string[]): void {
    const at = done.from;
    const owner = this.#owners.get(key);
    if (owner === undefined || owner.until + WHOLE <= at) return;
    owner.until = done.to + ttl;
    const { token } = owner;
    this.#tell({ at, process: 'server', type: 'own', key, token, ...lasting(done, ttl), by });
  }

  #disown(key: string, at: number, by: readonly string[] | 'operator'): void {
    // What is taken and given back in one script has been given a fencing token, too.
    this.#settle(key, at);
    if (this.#owners.delete(key)) this.#tell({ at, process: 'server', type: 'disown', key, by });
  }

  #wait(key: string, token: string, at: number): void {
    this.#queues.add(key);
    this.#tell({ at, process: 'server', type: 'wait', key, token });
  }

  #note(type: 'meddled' | 'spoilt', key: string, at: number): void {
    this.#tell({ at, process: 'server', type, key });
  }

  #fence(key: string, last: number, at: number): void {
    this.#settle(key, at);
    this.#pending.set(key, last);
  }

  #settle(key: string, at: number): void {
    const last = this.#pending.get(key);
    const owner = this.#owners.get(key);
    this.#pending.delete(key);
    if (last !== undefined && owner !== undefined) this.#give(key, owner.token, last, at);
  }

  #give(key: string, token: string, last: number, at: number): void {
    const after = this.#fences.get(key) ?? 0;
    this.#fences.set(key, Math.max(after, last));
    this.#tell({ at, process: 'server', type: 'fence', key, token, after, last });
  }
}

/** How long a lock lasts. */
function lasting({ from, to }: Span, ttl: number): { until: number; surely?: number } {
  return { until: to + ttl, ...(to - from > WHOLE && { surely: from + ttl }) };
}

function keyOf(name: string): string | undefined {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
}

/** The lock whose `fence`, `queue` or `waiters` this is. */
function keyOfPart(part: string, name: string): string | undefined {
  const end = `}:~v1:${part}`;
  return name.startsWith(`{${PREFIX}`) && name.endsWith(end)
    ? name.slice(PREFIX.length + 1, -end.length)
    : undefined;
}
