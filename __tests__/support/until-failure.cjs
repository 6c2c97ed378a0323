'use strict';

const { TestEnvironment } = require('jest-environment-node');

/** Tests run until one fails: the others of its file have nothing more to say, and are skipped. */
class UntilFailure extends TestEnvironment {
  #failed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_start' && this.#failed) test.mode = 'skip';
    if (name === 'test_done' && test.errors.length > 0) this.#failed = true;
  }
}

module.exports = UntilFailure;
