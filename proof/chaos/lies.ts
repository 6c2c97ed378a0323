/** What a link may say instead of the replies that come through it. Only of replies to scripts: what else is said there is the client's. */

/** One value as a server writes it, and the values in it when it is a list. */
interface Value {
  readonly bytes: Buffer;
  readonly list?: readonly Value[];
}

/** A list that no script replies with. */
const SEVEN = Buffer.from('*1\r\n:7\r\n');

/** Says once more what it has said, instead of as many replies to other calls. */
export function repeated(): (bytes: Buffer) => Buffer {
  let before: readonly Value[] = [];
  return (bytes) => {
    const replies = repliesIn(bytes);
    const instead = replies?.length === before.length ? before : undefined;
    before = replies ?? [];
    return instead === undefined ? bytes : Buffer.concat(instead.map((reply) => reply.bytes));
  };
}

/** Says {7} instead of what each step of a call has to say, to the right call. */
export function misshapen(bytes: Buffer): Buffer {
  const replies = repliesIn(bytes);
  if (replies === undefined) return bytes;
  return Buffer.concat(replies.map(({ list }) => written([list![0]!.bytes, misshape(list![1]!)])));
}

function misshape({ bytes, list }: Value): Buffer {
  if (list === undefined) return bytes;
  return list.some((value) => value.list !== undefined) ? written(list.map(misshape)) : SEVEN;
}

function written(list: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`*${list.length}\r\n`), ...list]);
}

/** @returns undefined when it is not a whole number of replies to scripts: a call's nonce, and a list */
function repliesIn(bytes: Buffer): readonly Value[] | undefined {
  const replies: Value[] = [];
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at);
    if (value?.list?.length !== 2 || value.list[1]!.list === undefined) return undefined;
    replies.push(value);
    at += value.bytes.length;
  }
  return replies;
}

/** @returns undefined when it is not whole, or of another kind than scripts reply with */
function valueAt(bytes: Buffer, at: number): Value | undefined {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return undefined;
  const [kind, rest] = [bytes.toString('latin1', at, at + 1), Number(bytes.toString('latin1', at + 1, line))];
  let end = line + 2;
  if (kind === '*' && rest >= 0) {
    const list: Value[] = [];
    while (list.length < rest) {
      const value = valueAt(bytes, end);
      if (value === undefined) return undefined;
      list.push(value);
      end += value.bytes.length;
    }
    return { bytes: bytes.subarray(at, end), list };
  }
  if (kind === '$' && rest >= 0) end += rest + 2;
  else if (!['$', ':', '+', '_'].includes(kind)) return undefined;
  return end <= bytes.length ? { bytes: bytes.subarray(at, end) } : undefined;
}
