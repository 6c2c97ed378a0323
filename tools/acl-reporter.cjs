// Lets `npm run test:acl` fail when it has run less than it should: a run of nothing would be a good one.

'use strict';

module.exports = class AclReporter {
  #problem;

  /** @param options `{ files, tests }`: how many there are, and how many of the tests must pass at least */
  constructor({ nonFlagArgs, testPathPatterns, testNamePattern }, { files, tests }) {
    // Who asks for some of them gets those.
    const asked = [...(nonFlagArgs ?? []), ...(testPathPatterns?.patterns ?? []), testNamePattern];
    this.isWhole = !asked.some(Boolean);
    this.files = files;
    this.tests = tests;
  }

  onRunComplete(_contexts, { numTotalTestSuites: files, numPassedTests: tests }) {
    console.error(`Under the documented rights: ${files} files, ${tests} tests passed`);
    if (!this.isWhole || (files === this.files && tests >= this.tests)) return;
    this.#problem = new Error(
      `${files} files with ${tests} passed tests have run; ${this.files} files with at least ${this.tests} should have`,
    );
  }

  getLastError() {
    return this.#problem;
  }
};
