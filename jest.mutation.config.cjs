'use strict';

/** Tests that look at sources as text, or at what was built of them: a mutant is none of their business. */
const TEXTS = ['architecture', 'readme', 'surface', 'fault-rows', 'inside', 'generated', 'examples', 'module-formats'];

/** Tests that start programs, which run what was built. */
const PROGRAMS = ['processes/', 'support/', 'secrets', 'node-diagnostics', 'slot', 'security'];

/** Tests on real servers: slow, and for adapters alone. */
const SERVERS = ['adapters/ioredis/', 'adapters/node-redis/', 'adapters/memory/twins', 'node-redis-locks'];

/**
 * The tests that Stryker runs: `npm run mutation`. A property has few runs in it, since each mutant plays it again.
 *
 * @type {import('jest').Config}
 */
process.env.PROPERTY_RUNS ??= '15';
process.env.PROPERTY_SEED ??= '1';

const base = require('./jest.config.cjs');

module.exports = {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    ...[...TEXTS, ...PROGRAMS, ...SERVERS].map((name) => `<rootDir>/__tests__/(.*/)?${name}`),
  ],
  // A test that waits for what a mutant never does is as good as one that fails.
  testTimeout: 10_000,
  globals: { COVERED: true },
};
