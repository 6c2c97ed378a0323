/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/**/*.ts', '!src/scripts/generated.ts'],
  testRunner: 'jest',
  jest: { configFile: 'jest.mutation.config.cjs', enableFindRelatedTests: true },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 3_000,
  timeoutFactor: 1.5,
  disableTypeChecks: false,
  tempDirName: 'build/mutation',
  ignorePatterns: ['bench', 'build', 'coverage', 'dist', '.cache'],
  reporters: ['json', 'clear-text', 'progress-append-only'],
  jsonReporter: { fileName: 'build/mutation.json' },
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
};
