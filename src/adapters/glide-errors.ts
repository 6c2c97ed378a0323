import { BacklogError, ClientClosedError } from './adapter.js';

/** What GLIDE calls the errors of Redis that it has names for, and their codes. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['Ask', 'ASK'],
  ['BusyLoadingError', 'LOADING'],
  ['ClusterDown', 'CLUSTERDOWN'],
  ['CrossSlot', 'CROSSSLOT'],
  ['MasterDown', 'MASTERDOWN'],
  ['Moved', 'MOVED'],
  ['NoScriptError', 'NOSCRIPT'],
  ['PermissionDenied', 'NOPERM'],
  ['ReadOnly', 'READONLY'],
  ['ResponseError', 'ERR'],
  ['TryAgain', 'TRYAGAIN'],
]);

/** `An error was signalled by the server: - NoScriptError: No matching script. Please use EVAL.` */
const NAMED = /^An error was signalled by the server: ?- (\w+)(?:: ([^]*))?$/;

/** `WRONGTYPE: Operation against a key …`: the others have their code, and a colon behind it. */
const CODED = /^([A-Z]+): ([^]*)$/;

/** No reply came in time: the step may have been done. */
class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
  readonly code = 'NO_REPLY';
}

/**
 * What an error of GLIDE is for latchkey.
 *
 * GLIDE rewrites what Redis answers; here it gets back its code as the first word. Anything that is not known stays as it is,
 * and is read as "no reply".
 */
export function readGlideError(error: unknown): unknown {
  // By name and text: the classes are the package's, which is not imported here.
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  // This is said before anything is sent. A client that is closed while commands are under way says something else.
  if (message.startsWith('Unable to execute requests; the client is closed'))
    return new ClientClosedError('the GLIDE client is closed: make a new one with createClient()');
  if (name === 'ClosingError')
    return new Error(
      `the GLIDE client was closed before a reply came${message === '' ? '' : `: ${message}`}`,
    );
  if (message.startsWith('Reached maximum inflight requests'))
    return new BacklogError('the GLIDE client has as many requests under way as its inflightRequestsLimit');
  if (name === 'TimeoutError') return new NoReplyError("no reply within the GLIDE client's requestTimeout");
  const named = NAMED.exec(message);
  if (named !== null) {
    const code = CODES.get(named[1] ?? '');
    return code === undefined ? error : new Error(join(code, named[2]));
  }
  const coded = CODED.exec(message);
  return coded === null ? error : new Error(join(coded[1] ?? '', coded[2]));
}

function join(code: string, text: string | undefined): string {
  return text === undefined || text === '' ? code : `${code} ${text}`;
}
