import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { Tests } from '../../../proof/mutation/tests.js';

const FILES = {
  'src/core/lease.ts': "import type { Other } from '../other.js';\n",
  'src/core/keeper.ts': "import { Lease } from './lease.js';\n",
  'src/other.ts': '',
  'src/index.ts': "export { Keeper } from './core/keeper.js';\n",
  '__tests__/core/lease.test.ts': "import { Lease } from '../../src/core/lease.js';\n",
  '__tests__/core/lease.ends.test.ts': "import { Lease } from '../../src/core/lease.js';\n",
  '__tests__/core/margin.test.ts': "import {\n  Lease,\n} from '../../src/core/lease.js';\n",
  '__tests__/core/keeper.test.ts': "import { Keeper } from '../../src/core/keeper.js';\n",
  '__tests__/user.test.ts': "import { Keeper } from 'latchkey';\n",
  '__tests__/redis.test.ts':
    "import { Keeper } from 'latchkey';\nimport { start } from './support/server.js';\n",
  '__tests__/support/server.ts': "import { spawn } from 'node:child_process';\n",
  '__tests__/types.test.ts': "import type { Keeper } from 'latchkey';\n",
  '__tests__/processes/kill.test.ts': "import { Keeper } from 'latchkey';\n",
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'latchkey-tests-'));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const groups = (source: string, thorough: boolean) =>
  new Tests(root)
    .groupsFor(source, thorough)
    .map((group) => group.map((file) => file.slice('__tests__/'.length)));

const OWN = ['core/lease.ends.test.ts', 'core/lease.test.ts'];

it('asks its own tests first, then those that import it, and those of its folder', () => {
  expect(groups('src/core/lease.ts', false)).toEqual([OWN, ['core/margin.test.ts'], ['core/keeper.test.ts']]);
});

it('asks all others that reach it, and last those with a server, when it is told to or has no others', () => {
  const rest = [['user.test.ts'], ['redis.test.ts']];
  expect(groups('src/core/lease.ts', true)).toEqual([
    OWN,
    ['core/margin.test.ts'],
    ['core/keeper.test.ts'],
    ...rest,
  ]);
  expect(groups('src/index.ts', true)).toEqual([['user.test.ts'], ['redis.test.ts']]);
});

it('does not take an import of types for one', () => {
  expect(groups('src/other.ts', true)).toEqual([]);
});
