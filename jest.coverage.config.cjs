'use strict';

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const base = require('./jest.config.cjs');

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

/**
 * How much of the library its tests reach: `npm run coverage`. Counting makes all slower and sees nothing of other processes,
 * so tests that start some, or are long, are left out.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...base,
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    '<rootDir>/__tests__/(?:processes|properties|support|examples|legacy)/',
    '<rootDir>/__tests__/(?:examples|fencing-examples|readme|architecture)\\.test\\.ts',
    '<rootDir>/__tests__/(?:adapters/memory/twins|scripts/generated\\..*)\\.test\\.ts',
  ],
  // Coverage keeps in memory what it counts; a test of memory can not see through it.
  globals: { COVERED: true },
  // All that a worker has ever loaded is counted again after each file: one that starts anew is twice as fast.
  workerIdleMemoryLimit: '120MB',
  collectCoverage: true,
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
