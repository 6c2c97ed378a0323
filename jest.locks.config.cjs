'use strict';

/**
 * The lock contract by every client, in each of its versions, on every topology: `npm run test:locks`. That of one server and of three
 * are in other runs already; these differ in their adapters alone, whose own contracts are in jest.topologies.config.cjs.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.topologies.config.cjs'),
  testMatch: ['**/__tests__/locks/**/*.test.ts'],
  // They wait more than they work.
  maxWorkers: 4,
};
