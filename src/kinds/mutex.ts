import { mutexAcquire, mutexRelease } from '../scripts/generated.js';
import { type AcquireReply, type Kind, type ReleaseReply, UnexpectedReplyError } from './kind.js';

/** The lock that one holder has at a time: a plain string key, set with NX and PX. */
export const mutex: Kind = {
  acquire: ({ key, token, ttl, who }) => ({
    script: mutexAcquire,
    keys: [key],
    args: [token, String(ttl), who],
    read: readAcquire,
  }),
  release: ({ key, token }) => ({ script: mutexRelease, keys: [key], args: [token], read: readRelease }),
};

function readAcquire(reply: unknown): AcquireReply {
  if (Array.isArray(reply)) {
    const [granted, ttlLeft, holder] = reply as unknown[];
    if (granted === 1 && reply.length === 1) return { granted: true };
    if (granted === 0 && Number.isSafeInteger(ttlLeft) && typeof holder === 'string') {
      return {
        granted: false,
        // PTTL: -1 is a key without expiry. -2 (no key) can not happen inside the script; read as free at once.
        ttlLeft: ttlLeft === -1 ? undefined : Math.max(0, ttlLeft as number),
        holder: holder === '' ? undefined : holder,
      };
    }
  }
  throw new UnexpectedReplyError(mutexAcquire, '{1} or {0, integer, string}');
}

function readRelease(reply: unknown): ReleaseReply {
  if (Array.isArray(reply) && reply.length === 1) {
    if (reply[0] === 1) return 'released';
    if (reply[0] === 0) return 'lost';
  }
  throw new UnexpectedReplyError(mutexRelease, '{1} or {0}');
}
