import {
  mutexAcquire,
  mutexAcquireAll,
  mutexAdopt,
  mutexExtend,
  mutexRaise,
  mutexRelease,
  mutexSteps,
} from '../scripts/generated.js';
import {
  type AcquireAllReply,
  type AcquireReply,
  type AdoptReply,
  type Call,
  type ExtendReply,
  type GrantMessage,
  type Kind,
  type LockKeys,
  type RaiseReply,
  type ReleaseReply,
  type Tenure,
  UnexpectedReplyError,
} from './kind.js';
import type { Script } from '../scripts/script.js';

/** The lock that one holder has at a time: a plain string key, set with NX and PX. */
export const mutex: Kind = {
  acquire: (tenure, channel = '') => ({
    script: mutexAcquire,
    keys: inOrder(tenure.keys),
    args: [tenure.token, String(tenure.ttl), tenure.who, String(tenure.sections), channel],
    ...takes(tenure),
  }),
  acquireAll: (tenures) => {
    const [{ token, ttl, who, sections }] = tenures;
    return {
      script: mutexAcquireAll,
      keys: tenures.flatMap(({ keys }) => inOrder(keys)),
      args: [String(tenures.length), token, String(ttl), who, String(sections)],
      secrets: [token],
      read: (reply) => readAcquireAll(reply, tenures.length),
      isDone: ({ granted }) => granted,
      merge: (one) => one,
      inDoubt: 'refused',
      // Of one server, which knows the fencing tokens that it has given out.
      raise: () => undefined,
    };
  },
  extend: ({ keys, token }, ttl, fence) => ({
    script: mutexExtend,
    keys: inOrder(keys),
    args: [token, String(ttl), String(fence)],
    secrets: [token],
    read: readExtend,
    ...says('extended'),
  }),
  adopt: (tenure, token) => ({
    script: mutexAdopt,
    keys: inOrder(tenure.keys),
    args: [token, String(tenure.ttl), tenure.who, tenure.token],
    secrets: [tenure.token, token],
    read: readAdopt,
    isDone: ({ adopted }) => adopted,
    merge: higher,
    inDoubt: 'failed',
    inTurn: true,
    raise: (reply) => (reply.adopted ? raise(tenure, reply.fence) : undefined),
  }),
  release: ({ keys, token }) => ({
    script: mutexRelease,
    keys: inOrder(keys),
    args: [token],
    secrets: [token],
    read: readRelease,
    ...says('released'),
  }),
  sign({ script, keys, args }, nonce) {
    return { script, keys, args: [...args, nonce], open: (reply) => openReply(script, reply, nonce) };
  },
  join(calls) {
    const keys: string[] = [];
    const args: string[] = [];
    for (const call of calls) {
      keys.push(...call.keys);
      args.push(call.script.name, ...call.args);
    }
    return { script: mutexSteps, keys, args, read: (reply) => readSteps(reply, calls.length) };
  },
  readGrant,
};

/** What an acquire is, whichever script it runs. */
export function takes(
  tenure: Tenure,
): Pick<Call<AcquireReply>, 'secrets' | 'read' | 'isDone' | 'merge' | 'inDoubt' | 'raise'> {
  return {
    secrets: [tenure.token],
    read: readAcquire,
    isDone: ({ granted }) => granted,
    merge: mergeAcquires,
    inDoubt: 'refused',
    raise: (reply) => (reply.granted ? raise(tenure, reply.fence) : undefined),
  };
}

/** What a call is that is done, or finds that the lock is not ours any more. */
function says<Result>(done: Result): Pick<Call<Result>, 'isDone' | 'merge' | 'inDoubt'> {
  return { isDone: (reply) => reply === done, merge: (one) => one, inDoubt: 'failed' };
}

/** @param fence - the first of those that the ownership has */
function raise({ keys, token, sections }: Tenure, fence: number): Call<RaiseReply> {
  return {
    script: mutexRaise,
    keys: inOrder(keys),
    args: [token, String(fence + sections - 1)],
    secrets: [token],
    read: readRaise,
    ...says<RaiseReply>('raised'),
  };
}

/** Granted with the highest fencing token; or refused until the first of those that are in the way expires. */
function mergeAcquires(one: AcquireReply, other: AcquireReply): AcquireReply {
  if (one.granted || other.granted) return higher(one, other);
  const [left = Infinity, otherLeft = Infinity] = [one.ttlLeft, other.ttlLeft];
  return left <= otherLeft ? one : other;
}

function higher<Reply extends AcquireReply | AdoptReply>(one: Reply, other: Reply): Reply {
  return fenceOf(other) > fenceOf(one) ? other : one;
}

function fenceOf(reply: AcquireReply | AdoptReply): number {
  return 'fence' in reply ? reply.fence : 0;
}

export function inOrder({ lock, fence, queue, waiters }: LockKeys): string[] {
  return [lock, fence, queue, waiters];
}

function openReply(script: Script, reply: unknown, nonce: string): unknown {
  if (Array.isArray(reply) && reply.length === 2 && reply[0] === nonce) return reply[1];
  throw new UnexpectedReplyError(script, 'the reply to this call');
}

function readAcquire(reply: unknown): AcquireReply {
  if (Array.isArray(reply)) {
    const [granted, second, third] = reply as unknown[];
    if (granted === 1 && reply.length === 3 && isPositive(second) && isTime(third)) {
      return { granted: true, fence: second, at: third };
    }
    const busy = granted === 0 ? readBusy(reply.slice(1)) : undefined;
    if (busy !== undefined) return busy;
  }
  throw new UnexpectedReplyError(mutexAcquire, '{1, integer, integer} or {0, integer, string, integer}');
}

function readAcquireAll(reply: unknown, count: number): AcquireAllReply {
  if (Array.isArray(reply)) {
    const [granted, second, ...more] = reply as unknown[];
    if (granted === 1 && isTime(second) && more.length === count && more.every(isPositive))
      return { granted: true, fences: more };
    const busy = granted === 0 && isInteger(second) && second >= 0 && second < count && readBusy(more);
    if (busy) return { ...busy, index: second };
  }
  const rule = `{1, ${count + 1} integers} or {0, integer, integer, string, integer}`;
  throw new UnexpectedReplyError(mutexAcquireAll, rule);
}

/** What is told of a lock in the way. */
function readBusy([left, text, at]: unknown[]): Extract<AcquireReply, { granted: false }> | undefined {
  if (!isInteger(left) || typeof text !== 'string' || !isTime(at)) return undefined;
  // PTTL: -1 is a key without expiry. -2 (no key) can not happen inside the script; read as free at once.
  const ttlLeft = left === -1 ? undefined : Math.max(0, left);
  return { granted: false, ttlLeft, ...readHolder(text, at), at };
}

/** `since_ms who`, as it stands behind the token. Something of the same shape may be there that is not of our making. */
function readHolder(text: string, at: number): { holder: string | undefined; heldFor: number | undefined } {
  const [, since, who] = /^(\d{1,16}) (.*)/s.exec(text) ?? [];
  const holder = who ?? text;
  const heldFor = who === undefined ? undefined : Math.max(0, at / 1_000 - Number(since));
  return { holder: holder === '' ? undefined : holder, heldFor };
}

function readAdopt(reply: unknown): AdoptReply {
  if (Array.isArray(reply)) {
    const [adopted, fence, at] = reply as unknown[];
    if (adopted === 1 && reply.length === 3 && isPositive(fence) && isTime(at))
      return { adopted: true, fence };
    if (adopted === 0 && reply.length === 1) return { adopted: false };
  }
  throw new UnexpectedReplyError(mutexAdopt, '{1, integer, integer} or {0}');
}

function readRelease(reply: unknown): ReleaseReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'released';
    if (reply[0] === 0) return 'lost';
  }
  throw new UnexpectedReplyError(mutexRelease, '{1} or {0}');
}

function readExtend(reply: unknown): ExtendReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'extended';
    if (reply[0] === 0) return 'lost';
  }
  throw new UnexpectedReplyError(mutexExtend, '{1} or {0}');
}

function readRaise(reply: unknown): RaiseReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'raised';
    if (reply[0] === 0) return 'lost';
  }
  throw new UnexpectedReplyError(mutexRaise, '{1} or {0}');
}

function readSteps(reply: unknown, count: number): readonly unknown[] {
  if (Array.isArray(reply) && reply.length === count) return reply;
  throw new UnexpectedReplyError(mutexSteps, 'one reply for each step');
}

function readGrant(message: string): GrantMessage | undefined {
  const [, token, ttl, fence, at] = /^(\S+) ([1-9]\d*) ([1-9]\d*) (\d+)$/.exec(message) ?? [];
  return token === undefined ? undefined : { token, ttl: Number(ttl), fence: Number(fence), at: Number(at) };
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isPositive(value: unknown): value is number {
  return isInteger(value) && value > 0;
}

/** Also 0, where the clock of `memory()` may begin. */
function isTime(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}
