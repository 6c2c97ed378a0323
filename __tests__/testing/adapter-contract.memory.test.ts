import { memory } from '../../src/index.js';
import { adapterContract } from '../../src/testing/index.js';
import { lockChecks } from '../../src/testing/lock-checks.js';
import { messageChecks } from '../../src/testing/message-checks.js';
import { replyChecks } from '../../src/testing/reply-checks.js';

it('the contract is all that there are checks of, each under a name of its own', () => {
  expect(adapterContract).toEqual([...replyChecks, ...messageChecks, ...lockChecks]);
  expect(new Set(adapterContract.map(({ name }) => name)).size).toBe(15);
});

describe('of memory(), which runs no Lua, the contract is kept with regard to locks', () => {
  it.each(adapterContract.filter(({ name }) => /^(two programs|many locks)/.test(name)))(
    '$name',
    async (check) => {
      const adapter = memory();
      await check.run(() => adapter);
    },
  );
});
