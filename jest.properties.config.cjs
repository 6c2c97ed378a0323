'use strict';

// Read by __tests__/properties/property.ts in each worker.
process.env.PROPERTY_RUNS ??= '10000';

/**
 * The properties, each with 10,000 runs: `npm run test:properties`. `PROPERTY_RUNS` and `PROPERTY_SEED` change that.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/__tests__/properties/**/*.test.ts'],
};
