'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

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

/** Files with types alone: nothing of them is ever loaded, which would count as not covered. */
function typesOnly() {
  const files = readdirSync(join(__dirname, 'src'), { recursive: true }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.filter((file) => {
    const source = readFileSync(join(__dirname, 'src', file), 'utf8');
    const options = { jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } } };
    const { code } = transformSync(source, { ...options, swcrc: false, configFile: false });
    return /^(?:export ?\{ ?\};?)?$/.test(code.replace(/\/\*[^]*?\*\/|\/\/.*/g, '').trim());
  });
}

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/proof', '<rootDir>/__tests__'],
  testMatch: ['**/__tests__/**/*.test.ts'],
  // They have runs of their own: jest.faults.config.cjs, jest.topologies.config.cjs, jest.proof.config.cjs,
  // jest.lua-mutation.config.cjs.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/__tests__/faults/',
    '<rootDir>/__tests__/topologies/',
    '<rootDir>/__tests__/proof/',
    '<rootDir>/__tests__/mutation/',
  ],
  // Coverage keeps in memory what it counts; a test of memory can not see through it.
  globals: { COVERED: process.argv.includes('--coverage') },
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
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/scripts/generated.ts',
    ...typesOnly().map((file) => `!src/${file.replaceAll('\\', '/')}`),
  ],
  coverageReporters: [['text', { skipFull: true }], 'text-summary', 'json-summary'],
  coverageThreshold: { global: { lines: 98, statements: 98, functions: 98, branches: 95 } },
};
