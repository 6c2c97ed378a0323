'use strict';

/**
 * Tests that need more than one server, or one that is hard to reach: Cluster, Sentinel, TLS; and the clients that not
 * everybody uses. `npm run test:topologies`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/__tests__/topologies/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  setupFilesAfterEnv: [],
  // A Cluster takes seconds to form.
  testTimeout: 60_000,
  // They wait more than they work; but who waits for a time that is promised must not be kept from working.
  maxWorkers: 3,
};
