'use strict';

// Each mutant plays them again.
process.env.PROPERTY_RUNS ??= '15';
process.env.PROPERTY_SEED ??= '1';

/**
 * The tests that Stryker runs, which proof/mutation names for each source: `npm run mutation`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: (process.env.MUTATION_TESTS ?? '').split(',').map((file) => `<rootDir>/${file}`),
  testPathIgnorePatterns: ['/node_modules/'],
  testEnvironment: require.resolve('./__tests__/support/until-failure.cjs'),
  // Most of the time went by in tests that wait for what a mutant does not do: those asked here have no server to wait for.
  testTimeout: 5_000,
  globals: { COVERED: true },
};
