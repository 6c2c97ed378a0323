import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Reach } from '../../../proof/mutation/arguments.js';
import { Tests } from '../../../proof/mutation/tests.js';

const FILES = {
  'src/core/lease.ts': "import type { Other } from '../other.js';\n",
  'src/core/keeper.ts': "import { Lease } from './lease.js';\n",
  'src/adapters/redis/client.ts': '',
  '__tests__/adapters/redis/redis.test.ts':
    "import { Client } from '../../../src/adapters/redis/client.js';\nimport { start } from '../../support/server.js';\n",
  'src/other.ts': '',
  'src/index.ts': "export { Keeper } from './core/keeper.js';\n",
  '__tests__/core/lease.test.ts': "import { Lease } from '../../src/core/lease.js';\n",
  '__tests__/core/lease.ends.test.ts': "import { Lease } from '../../src/core/lease.js';\n",
  '__tests__/core/margin.test.ts': "import {\n  Lease,\n} from '../../src/core/lease.js';\n",
  '__tests__/core/keeper.test.ts': "import { Keeper } from '../../src/core/keeper.js';\n",
  '__tests__/core/keeper.servers.test.ts':
    "import { Keeper } from '../../src/core/keeper.js';\nimport { start } from '../support/server.js';\n",
  '__tests__/user.test.ts': "import { Keeper } from 'latchkey';\n",
  '__tests__/redis.test.ts':
    "import { Keeper } from 'latchkey';\nimport { start } from './support/server.js';\n",
  '__tests__/support/server.ts': "import { spawn } from 'node:child_process';\n",
  '__tests__/core/all.test.ts':
    "import { Keeper } from '../../src/core/keeper.js';\nimport { contract } from '../contracts/lock.js';\n",
  '__tests__/contracts/lock.ts': '',
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

const groups = (source: string, reach: Reach) =>
  new Tests(root)
    .groupsFor(source, reach)
    .map((group) => group.map((file) => file.slice('__tests__/'.length)));

const OWN = ['core/lease.ends.test.ts', 'core/lease.test.ts'];

const NEAR = [OWN, ['core/margin.test.ts'], ['core/keeper.test.ts'], ['core/all.test.ts']];

it('asks its own tests first, then those that import it, those of its folder, and contracts', () => {
  expect(groups('src/core/lease.ts', 'near')).toEqual(NEAR);
});

it('asks all others that reach it, and last those with a server, when it is told to or has no others', () => {
  const rest = [['user.test.ts'], ['core/keeper.servers.test.ts', 'redis.test.ts']];
  expect(groups('src/core/lease.ts', 'all')).toEqual([...NEAR, ...rest]);
  expect(groups('src/index.ts', 'all')).toEqual([['user.test.ts'], ['redis.test.ts']]);
  expect(groups('src/index.ts', 'near')).toEqual([['user.test.ts']]);
  expect(groups('src/core/keeper.ts', 'near')).toEqual([
    ['core/keeper.test.ts'],
    ['core/all.test.ts'],
    ['core/keeper.servers.test.ts'],
  ]);
});

it('asks those of an adapter’s folder that have a server', () => {
  expect(groups('src/adapters/redis/client.ts', 'near')).toEqual([['adapters/redis/redis.test.ts']]);
});

it('does not take an import of types for one', () => {
  expect(groups('src/other.ts', 'all')).toEqual([]);
});

it('asks its own tests alone when it is told to, or the nearest ones where it has none', () => {
  expect(groups('src/core/lease.ts', 'own')).toEqual([OWN]);
  expect(groups('src/core/keeper.ts', 'own')).toEqual([
    ['core/keeper.test.ts'],
    ['core/keeper.servers.test.ts'],
  ]);
  expect(groups('src/index.ts', 'own')).toEqual([['user.test.ts']]);
});
