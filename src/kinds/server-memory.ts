import { serverMemory as script } from '../scripts/generated.js';
import { type Call, type Command, UnexpectedReplyError } from './kind.js';

/** What a server does when its memory is used up. */
interface MemoryReply {
  /** How much it may use, in bytes; 0 without a limit. */
  readonly most: number;
  /** Its `maxmemory-policy`; '' when it does not say. */
  readonly policy: string;
}

/** @param lockKey - a key whose server is asked */
export function serverMemory(lockKey: string): Command & Pick<Call<MemoryReply>, 'read'> {
  return { script, keys: [lockKey], args: [], read };
}

function read(reply: unknown): MemoryReply {
  if (Array.isArray(reply)) {
    const [most, policy] = reply as unknown[];
    if (typeof most === 'number' && typeof policy === 'string') return { most, policy };
  }
  throw new UnexpectedReplyError(script, '{integer, string}');
}
