'use strict';

/**
 * The tests of the scripts, each of which a mutant of the Lua code may fail: `npm run mutation:lua`, which names the
 * mutants.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testEnvironment: '<rootDir>/__tests__/support/first-failure.cjs',
  testMatch: ['**/__tests__/mutation/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  setupFilesAfterEnv: [],
  // A script that does not end ends its test, and with it its server.
  testTimeout: 6_000,
};
