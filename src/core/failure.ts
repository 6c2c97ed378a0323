/** Why a script brought no usable reply. */
export interface Failure {
  /** Redis' error code (`NOPERM`), the system's (`ECONNREFUSED`), or `NO_REPLY`, `CONNECTION`, `BACKLOG`, `CLIENT_CLOSED`, `UNEXPECTED_REPLY`. */
  readonly reason: string;
  /** For people; without tokens or passwords. */
  readonly message: string;
  /** Whether the same script may succeed a moment later without anybody changing anything. */
  readonly retryable: boolean;
  /** Whether the script may have been done all the same. */
  readonly outcome: 'not-done' | 'unknown';
}

/** Codes that Redis answers while it is starting, failing over, full or busy: states that pass. */
const PASSING = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'OOM',
  'QUARANTINE',
  'READONLY',
  'TRYAGAIN',
]);

/** Codes that Redis, or a script of ours, answers to what somebody has to change first: rights, settings, what lies at the key. */
const STAYING = new Set([
  'ASK',
  'BADFENCE',
  'CROSSSLOT',
  'DENIED',
  'ERR',
  'MOVED',
  'NOAUTH',
  'NOPERM',
  'NOPROTO',
  'NOSCRIPT',
  'WRONGPASS',
  'WRONGTYPE',
]);

/**
 * Said to a new connection, and not to a command: a client may tell it to those that it has sent behind its handshake. It
 * passes when others leave.
 */
const CONNECTION_REFUSED = 'ERR max number of clients';

const NOT_AN_ERROR = 'the client rejected with something that is not an Error';

/** No reply within `ms`: it may still come, and the script may have been done. */
export function noReply(ms: number): Failure {
  return {
    reason: 'NO_REPLY',
    message: `no reply within ${Math.round(ms)} ms`,
    retryable: true,
    outcome: 'unknown',
  };
}

/**
 * Reads the error of any client.
 *
 * Redis' error replies are the same whatever the client; everything else that a client throws means that the
 * connection did not bring a reply. The error itself is not kept: clients attach the command's arguments to it, and
 * with them the token and the password.
 *
 * @param error - whatever the adapter rejected with
 * @param secrets - strings that must not show in the message
 */
export function readFailure(error: unknown, secrets: readonly string[]): Failure {
  let message: string;
  let code: string | undefined;
  try {
    message = describe(error, secrets);
    code = codeOf(error);
  } catch {
    // Whatever is thrown when it is looked at, which may be undefined: the call must be answered all the same.
    message = NOT_AN_ERROR;
  }
  if (code === 'BACKLOG') return { reason: code, message, retryable: true, outcome: 'not-done' };
  if (code === 'CLIENT_CLOSED') return { reason: code, message, retryable: false, outcome: 'not-done' };
  // Something was answered, and it was no answer of the script: whether it has run is anybody's guess.
  if (code === 'UNEXPECTED_REPLY') return { reason: code, message, retryable: false, outcome: 'unknown' };
  // Known codes only: "TLS handshake failed" looks like a reply, too, and is none.
  const isReply = code === undefined && !message.startsWith(CONNECTION_REFUSED);
  const reply = isReply ? (/^[A-Z]+(?= |$)/.exec(message)?.[0] ?? '') : '';
  if (PASSING.has(reply)) return { reason: reply, message, retryable: true, outcome: 'not-done' };
  if (STAYING.has(reply)) return { reason: reply, message, retryable: false, outcome: 'not-done' };
  return { reason: code ?? 'CONNECTION', message, retryable: true, outcome: 'unknown' };
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function describe(error: unknown, secrets: readonly string[]): string {
  // By shape: an error of the system is of another realm than the code in a Jest environment.
  const { message } = error as { message?: unknown };
  if (typeof message !== 'string') return NOT_AN_ERROR;
  // Only the first line, and not for ever: a server may quote whole scripts in its errors. Redis quotes the arguments of
  // a command that it does not know, also those of the client's own HELLO, and so its password.
  let text = (message.split(/[\r\n]/, 1)[0] ?? '').replace(/, with args beginning with: .*/s, '');
  for (const secret of secrets) text = text.replaceAll(secret, '[token]');
  // What was quoted may end in the middle of a secret.
  const isBeginning = (word: string): boolean => secrets.some((secret) => secret.startsWith(word));
  text = text.replace(/[\w-]{6,}/g, (word) => (isBeginning(word) ? '[token]' : word));
  return text.slice(0, 200);
}
