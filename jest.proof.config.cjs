'use strict';

/**
 * The tests of what proves: the checker, the recorder, the saboteurs' workshop, the simulation. `npm run test:proof`.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testMatch: ['**/__tests__/proof/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  setupFilesAfterEnv: [],
};
