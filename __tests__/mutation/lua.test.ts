/** What the tests of the scripts say to a mutant, or several of them: each block at the top is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createClient } from 'redis';

import type { LuaMutant } from '../../proof/lua-mutation/mutants.js';
import { LuaScripts } from '../../proof/lua-mutation/scripts.js';
import * as generated from '../../src/scripts/generated.js';
import type { AdapterBackend, UseBackend } from '../contracts/adapter-contract.js';
import { fenceCases } from '../contracts/adapter-fences.js';
import { joinedCases } from '../contracts/adapter-joined.js';
import { passingCases } from '../contracts/adapter-passing.js';
import { passingErrorCases } from '../contracts/adapter-passing-errors.js';
import { queueCases } from '../contracts/adapter-queue.js';
import { scriptCases } from '../contracts/adapter-scripts.js';
import { overtakingCases, togetherCases } from '../contracts/adapter-together.js';
import { serverMemoryCases } from '../contracts/script-memory.js';
import { dialectCases } from '../contracts/script-dialects.js';
import { quorumCases } from '../contracts/script-quorum.js';
import { raiseCases } from '../contracts/script-raise.js';
import { refusalCases } from '../contracts/script-refusals.js';
import { compareWorlds } from '../contracts/twins.js';
import { nodeRedisBackend } from '../support/node-redis-backend.js';
import { startRedis } from '../support/redis-server.js';
import { onRealStore } from '../support/script-stores.js';
import { realWorld } from '../support/worlds.js';

/** Which scripts the cases run, fast ones first. */
const CASES: readonly { of: readonly string[]; cases: (use: UseBackend) => void }[] = [
  { of: ['server-memory'], cases: serverMemoryCases },
  { of: ['mutex-raise'], cases: () => onRealStore(raiseCases) },
  { of: ['quorum-acquire'], cases: () => onRealStore(quorumCases) },
  { of: ['mutex-acquire', 'mutex-release', 'mutex-extend', 'mutex-adopt'], cases: scriptCases },
  { of: ['mutex-acquire-all'], cases: togetherCases },
  { of: ['mutex-acquire-all'], cases: overtakingCases },
  { of: ['mutex-steps'], cases: joinedCases },
  { of: ['mutex-steps', 'mutex-acquire-all'], cases: dialectCases },
  { of: ['mutex-acquire', 'mutex-release'], cases: fenceCases },
  { of: ['mutex-acquire', 'mutex-release'], cases: queueCases },
  { of: ['mutex-acquire', 'mutex-release'], cases: passingCases },
  { of: ['mutex-acquire', 'mutex-release'], cases: passingErrorCases },
  { of: ['mutex-acquire', 'mutex-release', 'mutex-steps'], cases: refusalCases },
  {
    of: ['mutex-acquire', 'mutex-acquire-all', 'mutex-release', 'mutex-extend', 'mutex-adopt', 'mutex-steps'],
    cases: twinCases,
  },
];

const { mutants, lists } = JSON.parse(readFileSync(process.env['MUTANTS']!, 'utf8')) as {
  mutants: { name: string; mutant?: LuaMutant }[];
  lists: number;
};
const scripts = new LuaScripts(join(__dirname, '../..'));
const originals = Object.values(generated);

describe.each(mutants)('$name', ({ mutant }) => {
  const changed = mutant === undefined ? originals.map((script) => ({ ...script })) : scripts.mutated(mutant);
  const before = originals.map((script) => ({ ...script }));
  let backend: AdapterBackend;
  beforeAll(async () => {
    // Whoever sends a script takes it from here.
    for (const script of originals)
      Object.assign(
        script,
        changed.find(({ name }) => name === script.name),
      );
    backend = await nodeRedisBackend((options) => createClient(options));
  });
  beforeEach(() => backend.clear());
  afterAll(async () => {
    originals.forEach((script, i) => Object.assign(script, before[i]));
    await backend.stop();
  });

  for (const { of, cases } of CASES) {
    if (changed.some(({ name }) => of.includes(name))) describe('', () => cases(() => backend));
  }
});

function twinCases(): void {
  it('is told from its twin', async () => {
    const server = await startRedis();
    const real = await realWorld(server);
    try {
      await compareWorlds(server, real, { numRuns: lists, seed: 1, endOnFailure: true });
    } finally {
      await server.stop();
    }
  }, 60_000);
}
