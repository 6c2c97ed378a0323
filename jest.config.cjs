'use strict';

/** swc removes the types and does not check them; `npm run types` does. */
const swc = (decorators) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true, explicitResourceManagement: true },
      transform: decorators,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];
const standard = { decoratorVersion: '2023-11' };
const legacy = { legacyDecorator: true, decoratorMetadata: true };

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/proof', '<rootDir>/__tests__'],
  testMatch: ['**/__tests__/**/*.test.ts'],
  // They have runs of their own: jest.faults.config.cjs, jest.topologies.config.cjs, jest.locks.config.cjs,
  // jest.proof.config.cjs, jest.lua-mutation.config.cjs.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/__tests__/faults/',
    '<rootDir>/__tests__/topologies/',
    '<rootDir>/__tests__/locks/',
    '<rootDir>/__tests__/proof/',
    '<rootDir>/__tests__/mutation/',
  ],
  globals: { COVERED: false },
  setupFilesAfterEnv: ['<rootDir>/__tests__/support/documented-rights.ts'],
  testTimeout: 20_000,
  // Lets a rejection that nobody handles fail the test it came from; later ones end the run with an error anyway.
  waitForUnhandledRejections: true,
  transform: {
    '/__tests__/legacy/.*\\.ts$': swc(legacy),
    '\\.ts$': swc(standard),
  },
  moduleNameMapper: {
    '^latchkey$': '<rootDir>/src/index.ts',
    '^latchkey/testing$': '<rootDir>/src/testing/index.ts',
    // Sources import './x.js', as Node wants it; the file is './x.ts'. Packages have real './x.js' files.
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
  },
};
