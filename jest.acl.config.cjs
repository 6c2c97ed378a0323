'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const TESTS = join(__dirname, '__tests__');

/** Tests that need other rights than latchkey does, or say nothing more about them than others do, and why. */
const LEFT_OUT = {
  'examples.test.ts': 'the examples keep data of their own in Redis, by commands of their own',
  'fencing-examples.test.ts': 'the same',
  'processes/service.test.ts': 'the same',
  'processes/abort-storm.test.ts': 'its program looks at all keys with the client that it locks with',
  'processes/close.test.ts': 'its program counts connections with the client that it locks with',
  'processes/exit.test.ts': 'its program looks at channels with the client that it locks with',
  'processes/shutdown.test.ts': 'its program sends PING with the client that it locks with',
  'scripts/generated.test.ts': 'nobody locks on its server',
  'support/redis-server.test.ts': 'it is about the servers that tests start',
  'processes/crowd.test.ts': 'it asks for what load.test.ts asks for, and for longer',
  'adapters/memory/twins.test.ts': 'it runs what the adapter contracts run, and for longer',
  'properties/keys.test.ts': 'nobody locks on its server',
  'testing/adapter-contract.test.ts':
    'its checks run scripts of their own, on keys and channels of their own',
  'security.test.ts': 'it has users of its own, with the documented line word by word',
};

/** How many tests pass at least when all files have run. */
const LEAST_TESTS = 900;

/** Whether a test, or what it imports, can start a server. */
function hasServer(file, seen = new Set()) {
  if (file.endsWith('/support/redis-server.ts')) return true;
  if (seen.has(file)) return false;
  seen.add(file);
  // What is imported as a type alone is not loaded.
  const code = readFileSync(file, 'utf8').replace(/^import type [^;]+;/gm, '');
  const imports = code.matchAll(/from '(\.[^']+)\.js'/g);
  return [...imports].some(([, path]) => {
    const target = resolve(dirname(file), `${path}.ts`);
    return target.startsWith(TESTS) && hasServer(target, seen);
  });
}

const all = readdirSync(TESTS, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /^(?!faults|topologies|proof|mutation).*\.test\.ts$/.test(file));
const strays = Object.keys(LEFT_OUT).filter((file) => !all.includes(file));
if (strays.length > 0) throw new Error(`jest.acl.config.cjs: there is no ${strays.join(', ')}`);
const run = all.filter((file) => !(file in LEFT_OUT) && hasServer(join(TESTS, file)));

/**
 * The tests that have a server, with no more rights for latchkey than docs/security.md asks for: `npm run test:acl`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: run.map((file) => `<rootDir>/__tests__/${file}`),
  setupFiles: ['<rootDir>/__tests__/support/with-documented-rights.cjs'],
  reporters: ['default', ['<rootDir>/tools/acl-reporter.cjs', { files: run.length, tests: LEAST_TESTS }]],
};
