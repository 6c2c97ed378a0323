/** What worker processes, the nemesis and the recorder of the server tell, one event in a line. Times are in ms of one monotonic clock. */
interface Told {
  /** When, in ms. */
  readonly at: number;
  /** Who tells it, or of whom it is told: `pid`, or a name. */
  readonly process: string;
}

/** Of one call of a process. */
interface OfCall extends Told {
  readonly call: number;
}

/** Of one key; a call that takes several has an event for each. */
interface OfKey extends OfCall {
  readonly key: string;
}

/**
 * A call begins, and is ready to wait for `timeout` ms; its body is to begin with `least` ms of the lease left. One that takes its lock
 * `byHand` is given it with as much, and begins its work when its program lets it.
 */
interface Invoked extends OfCall {
  readonly type: 'inv';
  readonly keys: readonly string[];
  readonly timeout: number;
  readonly least?: number;
  readonly byHand?: boolean;
}

/** It has the lock and its body begins; it believes that the lock is its own until then. */
interface Entered extends OfKey {
  readonly type: 'enter';
  readonly fence: number;
  readonly until: number;
}

/** The body has looked: the lease is valid, until then; or, without `until`, it is not. */
interface Looked extends OfCall {
  readonly type: 'look';
  readonly until?: number;
}

/** The witness of the key was there already, of the call named so. */
interface Clashed extends OfKey {
  readonly type: 'clash';
  readonly with: string;
}

/**
 * The signal has aborted; the body has ended, perhaps with an error; the lock was given back by hand, with what that has told; the
 * call has ended, with `ok`, with the code of an error or a word for one.
 */
interface Step extends OfCall {
  readonly type: 'abort' | 'exit' | 'gave' | 'done';
  readonly threw?: boolean;
  readonly outcome?: string;
}

/** A command for the lock has failed, as Redis, or what came of its reply, has said. */
interface Failed extends Told {
  readonly type: 'failed';
  readonly key: string;
  readonly why: string;
}

/** The resource took, or refused, a write. */
interface Wrote extends OfKey {
  readonly type: 'write';
  readonly fence: number;
  readonly accepted: boolean;
}

/** A process was killed, stopped and let go on, or has ended by itself; or it stood still by its own account, from `since` to `to`, or until now. */
interface Happened extends Told {
  readonly type: 'killed' | 'stopped' | 'resumed' | 'ended' | 'stood';
  readonly since?: number;
  readonly to?: number;
  readonly code?: number;
}

/** The nemesis did something; `healed` when it has stopped doing so. */
interface Fault extends Told {
  readonly type: 'fault' | 'healed';
  readonly fault?: string;
}

/**
 * In the server, the lock is the property of `token` until then, or until `surely` at least, when the server was stopped in the
 * middle of it; `by` names the tokens in the call that did it. `tried` are those that were told of it in vain before, or in the same
 * call; `all` are the keys of a call that takes several locks, or none.
 */
interface Owned extends Told {
  readonly type: 'own';
  readonly key: string;
  readonly token: string;
  readonly until: number;
  readonly surely?: number;
  readonly by: readonly string[] | 'operator';
  readonly tried?: readonly string[];
  readonly all?: readonly string[];
}

/** In the server, the lock is nobody's any more. */
interface Disowned extends Told {
  readonly type: 'disown';
  readonly key: string;
  readonly by: readonly string[] | 'operator';
}

/** In the server, `token` was given the fencing tokens above `after` and up to `last`. */
interface Fenced extends Told {
  readonly type: 'fence';
  readonly key: string;
  readonly token: string;
  readonly after: number;
  readonly last: number;
}

/** In the server, `token` has asked for the lock and waits for it, or has left the queue. */
interface Queued extends Told {
  readonly type: 'wait' | 'leave';
  readonly key: string;
  readonly token: string;
}

/** An operator, or a loss of data, has changed who waits for the lock; or has put something at its keys that is no lock and no fencing token. */
interface Meddled extends Told {
  readonly type: 'meddled' | 'spoilt';
  readonly key: string;
}

/** What lay in the server when all workers had ended. */
interface Left extends Told {
  readonly type: 'left';
  readonly keys: readonly string[];
}

type OfCalls = Invoked | Entered | Looked | Clashed | Step | Failed | Wrote;
type OfServer = Owned | Disowned | Fenced | Queued | Meddled | Left;
export type Event = OfCalls | Happened | Fault | OfServer;

const TYPES: readonly Event['type'][] = [
  ...(['inv', 'enter', 'look', 'clash', 'abort', 'exit', 'gave', 'done', 'failed', 'write'] as const),
  ...(['killed', 'stopped', 'resumed', 'ended', 'stood', 'fault', 'healed'] as const),
  ...(['own', 'disown', 'fence', 'wait', 'leave', 'meddled', 'spoilt', 'left'] as const),
];

/** What each type has besides `at`, `process` and `type`. */
const NEEDED: Partial<Record<Event['type'], Record<string, 'number' | 'string' | 'boolean' | 'object'>>> = {
  inv: { call: 'number', keys: 'object', timeout: 'number' },
  enter: { call: 'number', key: 'string', fence: 'number', until: 'number' },
  look: { call: 'number' },
  clash: { call: 'number', key: 'string', with: 'string' },
  abort: { call: 'number' },
  exit: { call: 'number' },
  gave: { call: 'number', outcome: 'string' },
  done: { call: 'number', outcome: 'string' },
  failed: { key: 'string', why: 'string' },
  write: { call: 'number', key: 'string', fence: 'number', accepted: 'boolean' },
  stood: { since: 'number' },
  fault: { fault: 'string' },
  own: { key: 'string', token: 'string', until: 'number' },
  disown: { key: 'string' },
  fence: { key: 'string', token: 'string', after: 'number', last: 'number' },
  wait: { key: 'string', token: 'string' },
  leave: { key: 'string', token: 'string' },
  meddled: { key: 'string' },
  spoilt: { key: 'string' },
  left: { keys: 'object' },
};

/**
 * Reads a file of JSON lines. A torn last line is what a killed process leaves, and is left out.
 *
 * @param name - for errors
 * @throws {SyntaxError} a line that is not an event, other than a torn last one
 */
export function parse(text: string, name: string): Event[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => eventOf(line, `${name}:${index + 1}`));
}

function eventOf(line: string, where: string): Event {
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw new SyntaxError(`${where} must be one JSON object, not ${JSON.stringify(line.slice(0, 80))}`);
  }
  const type = event['type'] as Event['type'];
  if (!TYPES.includes(type))
    throw new SyntaxError(`${where}: type must be one of ${TYPES.join(', ')}, not ${JSON.stringify(type)}`);
  for (const [name, kind] of Object.entries({ at: 'number', process: 'string', ...NEEDED[type] })) {
    if (typeof event[name] !== kind)
      throw new SyntaxError(
        `${where}: ${name} of ${type} must be a ${kind}, not ${JSON.stringify(event[name])}`,
      );
  }
  return event as unknown as Event;
}
