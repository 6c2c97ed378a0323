import { runByHash } from '../../src/adapters/evalsha.js';
import { mutexAcquire as script } from '../../src/scripts/generated.js';

describe('runByHash', () => {
  const runner = (evalsha: () => unknown, evaluate: () => unknown = () => 'from the text') => ({
    evalsha: jest.fn(async () => evalsha()),
    eval: jest.fn(async () => evaluate()),
  });
  const failing = (error: unknown) => () => {
    throw error;
  };

  it('sends the hash alone to a server that knows the script', async () => {
    const client = runner(() => 'by hash');
    expect(await runByHash(client, script, ['key'], ['argument'])).toBe('by hash');
    expect(client.evalsha.mock.calls).toEqual([[script.sha1, ['key'], ['argument']]]);
    expect(client.eval).not.toHaveBeenCalled();
  });

  it('sends the text, once, to a server that does not', async () => {
    const client = runner(failing(new Error('NOSCRIPT No matching script. Please use EVAL.')));
    expect(await runByHash(client, script, ['key'], ['argument'])).toBe('from the text');
    expect(client.evalsha).toHaveBeenCalledTimes(1);
    expect(client.eval.mock.calls).toEqual([[script.source, ['key'], ['argument']]]);
  });

  it('tells what went wrong with the text', async () => {
    const client = runner(failing(new Error('NOSCRIPT')), failing(new Error('NOPERM no right to EVAL')));
    await expect(runByHash(client, script, [], [])).rejects.toThrow('NOPERM no right to EVAL');
    expect(client.eval).toHaveBeenCalledTimes(1);
  });

  it.each([
    new Error('OOM command not allowed'),
    new Error('ERR the text says NOSCRIPT further on'),
    new Error('Socket closed unexpectedly'),
    'NOSCRIPT, but no error',
    undefined,
  ])('sends nothing more after any other failure: %p', async (failure) => {
    const client = runner(failing(failure));
    const told = await runByHash(client, script, [], []).then(
      () => 'nothing',
      (error: unknown) => ({ error }),
    );
    expect(told).toEqual({ error: failure });
    expect(client.eval).not.toHaveBeenCalled();
  });
});
