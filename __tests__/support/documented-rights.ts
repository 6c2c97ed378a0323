// Runs before each test file of `npm test`: its clients may do no more than docs/security.md says, unless it is exempt.
import { relative, resolve, sep } from 'node:path';

export const TESTS = resolve(__dirname, '..');

/** Those that need other rights than latchkey does, and why. */
export const EXEMPT: ReadonlyMap<string, string> = new Map([
  ['examples.test.ts', 'the examples keep data of their own in Redis, by commands of their own'],
  ['fencing-examples.test.ts', 'the same'],
  ['processes/service.test.ts', 'the same'],
  ['processes/abort-storm.test.ts', 'its program looks at all keys with the client that it locks with'],
  ['processes/close.test.ts', 'its program counts connections with the client that it locks with'],
  ['processes/exit.test.ts', 'its program looks at channels with the client that it locks with'],
  ['processes/shutdown.test.ts', 'its program sends PING with the client that it locks with'],
  ['support/redis-server.test.ts', 'it is about the servers that tests start'],
  [
    'testing/adapter-contract.test.ts',
    'its checks run scripts of their own, on keys and channels of their own',
  ],
  ['security.test.ts', 'it has users of its own, with the documented line word by word'],
]);

const file = relative(TESTS, expect.getState().testPath!).replaceAll(sep, '/');
// Read by least-rights.ts, in this process and in the programs that tests start.
if (!EXEMPT.has(file)) process.env['LATCHKEY_TEST_RIGHTS'] = 'documented';
