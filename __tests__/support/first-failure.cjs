'use strict';

const { writeFileSync } = require('node:fs');
const { stripVTControlCharacters } = require('node:util');
const { TestEnvironment } = require('jest-environment-node');

/** A test and the blocks that it is in, from the outside to the inside, without the root. */
function pathOf(test) {
  const path = [];
  for (let block = test; block.parent !== undefined; block = block.parent) path.unshift(block.name);
  return path;
}

/**
 * Of each block at the top of a file, tests run until one fails: the others have nothing more to say, and are skipped.
 * What has become of each block is written to the file that `OUTCOMES` names: null, or its first failure.
 */
class FirstFailure extends TestEnvironment {
  #outcomes = new Map();

  handleTestEvent({ name, test, describeBlock }) {
    if (name === 'run_describe_start' && describeBlock.parent !== undefined) {
      if (this.#hasFailed(describeBlock)) describeBlock.mode = 'skip';
      else if (describeBlock.parent.parent === undefined) this.#outcomes.set(describeBlock.name, null);
    }
    if (name === 'test_start' && this.#hasFailed(test)) test.mode = 'skip';
    if (name === 'test_done' && test.errors.length > 0) {
      const [block, ...path] = pathOf(test);
      const [error] = test.errors.flat().filter(Boolean);
      const why = stripVTControlCharacters(String(error?.message ?? error)).slice(0, 4_000);
      if (!this.#hasFailed(test)) this.#outcomes.set(block, { test: path.filter(Boolean).join(' › '), why });
    }
  }

  async teardown() {
    writeFileSync(process.env.OUTCOMES, JSON.stringify(Object.fromEntries(this.#outcomes)));
    await super.teardown();
  }

  #hasFailed(testOrBlock) {
    return (this.#outcomes.get(pathOf(testOrBlock)[0]) ?? null) !== null;
  }
}

module.exports = FirstFailure;
