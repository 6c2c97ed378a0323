import { readFailure } from '../../src/core/failure.js';
import { glide, type GlideOptions, type ValkeyGlideClient } from '../../src/index.js';
import { mutexRelease, mutexSteps } from '../../src/scripts/generated.js';
import { rejection } from '../support/deferred.js';

/** Errors as GLIDE makes them: its classes tell their names by a getter. */
function glideError(name: string, message: string): Error {
  return Object.defineProperty(new Error(message), 'name', { get: () => name });
}

const KEYS = ['lock', 'fence', 'queue', 'waiters'];
const ARGS = ['token', 'nonce'];

/** A client that answers as it is told to. */
function client(...answers: unknown[]) {
  const customCommand = jest.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { customCommand } satisfies ValkeyGlideClient;
}

const run = (one: ValkeyGlideClient, options?: GlideOptions): Promise<unknown> =>
  glide(one, options).run(mutexRelease, KEYS, ARGS);

const NOSCRIPT = glideError(
  'RequestError',
  'An error was signalled by the server: - NoScriptError: No matching script. Please use EVAL.',
);

describe('glide', () => {
  it.each<unknown>([undefined, null, {}, 'redis://', { customCommand: true }, { eval: () => undefined }])(
    'refuses what is no client of GLIDE: %p',
    (value) => {
      expect(() => glide(value as never)).toThrow(
        new TypeError(
          'glide: client must be a GlideClient or GlideClusterClient of "@valkey/valkey-glide", version 2',
        ),
      );
    },
  );

  it('says what is wrong with the promise of a client', () => {
    expect(() => glide(Promise.resolve(client()) as never)).toThrow(
      /version 2 \(a promise: await it first\)$/,
    );
  });

  it.each([
    [{ joins: 'yes' }, 'glide: joins must be true or false, not "yes"'],
    [{ subscriber: {} }, 'glide: subscriber must be a function that makes a client, not an object'],
    [{ subscribers: 1 }, 'glide: there is no option "subscribers"; there are subscriber, joins'],
  ])('refuses the options %j', (options, message) => {
    expect(() => glide(client(), options as never)).toThrow(new TypeError(message));
  });

  it('calls a script by its hash, for text', async () => {
    const one = client(['nonce', [1]]);
    expect(await run(one)).toEqual(['nonce', [1]]);
    expect(one.customCommand.mock.calls).toEqual([
      [['EVALSHA', mutexRelease.sha1, '4', ...KEYS, ...ARGS], { decoder: 1 }],
    ]);
  });

  it('sends a Cluster each script to the primary of its first key', async () => {
    const one = { ...client(NOSCRIPT, 'reply'), invokeScriptWithRoute: () => undefined };
    expect(await run(one)).toBe('reply');
    const options = { decoder: 1, route: { type: 'primarySlotKey', key: 'lock' } };
    expect(one.customCommand.mock.calls).toEqual([
      [['EVALSHA', mutexRelease.sha1, '4', ...KEYS, ...ARGS], options],
      [['EVAL', mutexRelease.source, '4', ...KEYS, ...ARGS], options],
    ]);
  });

  it('joins steps and counts listeners on one server, and not on a Cluster', () => {
    const cluster = { ...client(), invokeScriptWithRoute: () => undefined };
    expect(glide(client())).toMatchObject({ joins: true, countsListeners: true });
    expect(glide(client(), { joins: false })).toMatchObject({ joins: false, countsListeners: true });
    expect(glide(cluster)).toMatchObject({ joins: false, countsListeners: false });
    expect(() => glide(cluster, { joins: true })).toThrow(
      new TypeError('glide: joins must be false on a Cluster, where each server has a part of the keys'),
    );
  });

  it.each([
    ['An error was signalled by the server: - ReadOnly: You can’t write.', 'READONLY', true],
    ['An error was signalled by the server: - BusyLoadingError: Loading.', 'LOADING', true],
    ['An error was signalled by the server: - MasterDown: Link with MASTER is down.', 'MASTERDOWN', true],
    ['An error was signalled by the server: - ClusterDown: Hash slot not served', 'CLUSTERDOWN', true],
    ['An error was signalled by the server: - TryAgain: Multiple keys', 'TRYAGAIN', true],
    ['An error was signalled by the server: - CrossSlot: Keys in request', 'CROSSSLOT', false],
    ['An error was signalled by the server: - Moved: 866 127.0.0.1:7001', 'MOVED', false],
    ['An error was signalled by the server: - Ask: 866 127.0.0.1:7001', 'ASK', false],
    ['An error was signalled by the server: - PermissionDenied: no right', 'NOPERM', false],
    ['An error was signalled by the server: - ResponseError: unknown command', 'ERR', false],
    ['An error was signalled by the server:- ResponseError', 'ERR', false],
    ['OOM: command not allowed', 'OOM', true],
    ['BUSY: Redis is busy running a script.', 'BUSY', true],
    ['NOREPLICAS: Not enough good replicas to write.', 'NOREPLICAS', true],
    ['WRONGTYPE: Operation against a key', 'WRONGTYPE', false],
    ['BADFENCE: no fencing token: x', 'BADFENCE', false],
    ['NOAUTH: Authentication required.', 'NOAUTH', false],
  ])('reads %j as %s', async (message, reason, retryable) => {
    const error = await rejection(run(client(glideError('RequestError', message))));
    expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`^${reason}( |$)`)) as string });
    expect(readFailure(error, [])).toMatchObject({ reason, retryable, outcome: 'not-done' });
  });

  it.each([
    ['RequestError', 'An error was signalled by the server: - SomethingNew: who knows', 'CONNECTION'],
    ['RequestError', 'TLS: handshake failed', 'CONNECTION'],
    ['RequestError', 'Decoding error: OOM: no', 'CONNECTION'],
    ['ConnectionError', 'Received connection error `OOM: no`. Will attempt to reconnect', 'CONNECTION'],
    ['ClosingError', '', 'CONNECTION'],
    ['ClosingError', 'OOM', 'CONNECTION'],
    ['TimeoutError', 'timed out', 'NO_REPLY'],
  ])('does not know what became of a step after the %s %j', async (name, message, reason) => {
    const error = await rejection(run(client(glideError(name, message))));
    expect(readFailure(error, [])).toMatchObject({ reason, retryable: true, outcome: 'unknown' });
  });

  it('knows that nothing was sent on a closed client, and beyond its inflightRequestsLimit', async () => {
    const closed = glideError(
      'ClosingError',
      'Unable to execute requests; the client is closed. Please create a new client.',
    );
    expect(readFailure(await rejection(run(client(closed))), [])).toMatchObject({
      reason: 'CLIENT_CLOSED',
      retryable: false,
      outcome: 'not-done',
    });
    const full = glideError('RequestError', 'Reached maximum inflight requests- ClientError');
    expect(readFailure(await rejection(run(client(full))), [])).toMatchObject({
      reason: 'BACKLOG',
      retryable: true,
      outcome: 'not-done',
    });
  });

  it('gives on what is no error as it is', async () => {
    const one = { customCommand: () => Promise.reject('text') };
    expect(await rejection(run(one))).toBe('text');
  });

  it('refuses further steps while 50,000 have no reply, and takes them again afterwards', async () => {
    const replies: ((reply: string) => void)[] = [];
    const adapter = glide({ customCommand: () => new Promise((resolve) => replies.push(resolve)) });
    const pass = (): Promise<unknown> => adapter.run(mutexRelease, KEYS, ARGS);
    // 12,500 commands of four steps each.
    const joined = Array.from({ length: 12_500 }, () =>
      adapter.run(mutexSteps, Array.from({ length: 4 }, () => KEYS).flat(), ARGS),
    );
    expect(readFailure(await rejection(pass()), [])).toMatchObject({
      reason: 'BACKLOG',
      outcome: 'not-done',
    });
    expect(replies).toHaveLength(12_500);
    for (const reply of replies.splice(0)) reply('done');
    await Promise.all(joined);
    const next = pass();
    replies[0]!('done');
    expect(await next).toBe('done');
  });
});
