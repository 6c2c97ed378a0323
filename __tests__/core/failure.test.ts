import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';

import { ClientClosedError } from '../../src/index.js';
import { noReply, readFailure } from '../../src/core/failure.js';
import { mutex } from '../../src/kinds/mutex.js';
import { tenure } from '../support/scripts.js';

const TOKEN = 'SecretSecretSecretSecret123';

describe('readFailure', () => {
  const read = (error: unknown) => readFailure(error, [TOKEN]);
  const notDone = (reason: string, retryable: boolean) => ({ reason, retryable, outcome: 'not-done' });

  it.each([
    'BUSY',
    'CLUSTERDOWN',
    'LOADING',
    'MASTERDOWN',
    'MISCONF',
    'NOREPLICAS',
    'OOM',
    'READONLY',
    'TRYAGAIN',
  ])('reads the reply %s as a state that passes', (code) => {
    expect(read(new Error(`${code} and more words`))).toMatchObject(notDone(code, true));
    expect(read(new Error(code))).toMatchObject(notDone(code, true));
  });

  it.each([
    'NOAUTH',
    'NOPERM',
    'WRONGPASS',
    'WRONGTYPE',
    'ERR',
    'MOVED',
    'ASK',
    'CROSSSLOT',
    'NOPROTO',
    'NOSCRIPT',
    'DENIED',
    'BADFENCE',
  ])('reads the reply %s as one that stays', (code) => {
    expect(read(new Error(`${code} and more words`))).toMatchObject(notDone(code, false));
  });

  it.each([
    'Socket closed unexpectedly',
    'connect ECONNREFUSED 127.0.0.1:6379',
    'Connection timeout',
    'The client is offline',
    'A reply did not come',
    'the reply was OOM',
    'I/O error',
    'TLS handshake failed',
    'ERR max number of clients reached',
    'ERRATIC behaviour',
    'Nothing',
    '',
  ])('reads "%s" as a connection that brought no reply', (message) => {
    expect(read(new Error(message))).toEqual({
      reason: 'CONNECTION',
      message,
      retryable: true,
      outcome: 'unknown',
    });
  });

  it('keeps the code of the system', () => {
    const error = Object.assign(new Error('READ ECONNRESET'), { code: 'ECONNRESET' });
    expect(read(error)).toEqual({
      reason: 'ECONNRESET',
      message: 'READ ECONNRESET',
      retryable: true,
      outcome: 'unknown',
    });
  });

  it('reads the words of a system as no reply, and a code that is no text as none', () => {
    const coded = (code: unknown) => Object.assign(new Error('OOM not a word of Redis'), { code });
    expect(read(coded('ENOMEM'))).toMatchObject({ reason: 'ENOMEM', outcome: 'unknown' });
    expect(read(coded(7))).toMatchObject(notDone('OOM', true));
  });

  it('reads a closed client as final, since nothing was sent', () => {
    expect(read(new ClientClosedError('not open'))).toEqual({
      ...notDone('CLIENT_CLOSED', false),
      message: 'not open',
    });
  });

  it('reads a reply that the script can not have returned as one that says nothing', () => {
    let error: unknown;
    try {
      mutex.acquire(tenure(), undefined).read('garbage');
    } catch (thrown) {
      error = thrown;
    }
    expect(read(error)).toMatchObject({ reason: 'UNEXPECTED_REPLY', retryable: false, outcome: 'unknown' });
  });

  it('reads an Error of another realm as an Error', () => {
    const error: unknown = runInNewContext(`new Error('OOM command not allowed')`);
    expect(error).not.toBeInstanceOf(Error);
    expect(read(error)).toEqual({ ...notDone('OOM', true), message: 'OOM command not allowed' });
  });

  it.each([
    undefined,
    null,
    'OOM text',
    7,
    Symbol('s'),
    {},
    { message: 7 },
    () => undefined,
    Object.create(null),
  ])('reads %p, which is no error, as no reply', (thrown) => {
    expect(read(thrown)).toEqual({
      reason: 'CONNECTION',
      message: 'the client rejected with something that is not an Error',
      retryable: true,
      outcome: 'unknown',
    });
  });

  it('reads an error that throws when it is looked at as no reply', () => {
    const touchy = {
      get message(): string {
        throw new Error('touched');
      },
    };
    expect(read(touchy)).toMatchObject({ reason: 'CONNECTION', retryable: true, outcome: 'unknown' });
  });

  it('shows one line of at most 200 characters', () => {
    expect(read(new Error('ERR one\r\ntwo')).message).toBe('ERR one');
    expect(read(new Error(`ERR ${'x'.repeat(1_000)}`)).message).toHaveLength(200);
  });

  it('shows no secret, wherever it stands and however often', () => {
    const message = `ERR ${TOKEN} in '${TOKEN}' ${'x'.repeat(150)}${TOKEN}`;
    const failure = read(Object.assign(new Error(message, { cause: TOKEN }), { args: [TOKEN] }));
    expect(inspect(failure, { depth: 10 })).not.toContain(TOKEN.slice(0, 8));
    expect(failure.message).toContain("ERR [token] in '[token]'");
  });

  it('shows no part of a secret at which a quotation ends, and nothing that Redis quotes of a command', () => {
    expect(read(new Error(`ERR '${TOKEN.slice(0, 9)}' is no number`)).message).toBe(
      "ERR '[token]' is no number",
    );
    const quoted =
      "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'open sesame' ";
    expect(read(new Error(quoted)).message).toBe("ERR unknown command 'HELLO'");
  });
});

describe('noReply', () => {
  it('says that everything is open', () => {
    expect(noReply(249.6)).toEqual({
      reason: 'NO_REPLY',
      message: 'no reply within 250 ms',
      retryable: true,
      outcome: 'unknown',
    });
  });
});
