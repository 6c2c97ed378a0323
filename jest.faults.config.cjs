'use strict';

/**
 * Tests that break servers, links and processes, with times that are promised. Two files at a time: each needs a core
 * for itself, and waits for most of the time. `npm run test:faults`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/__tests__/faults/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  setupFilesAfterEnv: [],
  testTimeout: 60_000,
  maxWorkers: 2,
};
