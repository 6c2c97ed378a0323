'use strict';

/**
 * Tests that break servers, links and processes, with times that are promised. They run one file after the other, since
 * each needs the machine for itself: `npm run test:faults`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/__tests__/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 60_000,
  maxWorkers: 1,
};
