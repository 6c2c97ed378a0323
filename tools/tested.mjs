// Writes into the README which clients pass which contracts on which topologies, as the last test runs have it.
//
//   npm test -- --json --outputFile=build/tests.json
//   npm run test:topologies -- --json --outputFile=build/topologies.json
//   npm run test:locks -- --json --outputFile=build/locks.json
//   npm run tested              writes the table
//   npm run tested -- --check   fails when the README has another one, as far as there are runs
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import prettier from 'prettier';

const root = join(import.meta.dirname ?? '.', '..');
const readme = join(root, 'README.md');
const [BEGIN, END] = ['<!-- tested: npm run tested -->', '<!-- /tested -->'];
const RUNS = ['build/tests.json', 'build/topologies.json', 'build/locks.json'];
const CONTRACTS = ['adapter', 'lock'];
const NONE = '–';
const isCheck = process.argv.includes('--check');
/** What a client is called in the tests' titles, and the package under test. */
const CLIENTS = {
  'node-redis 6': 'redis',
  'node-redis 5': 'redis-5',
  'ioredis 6': 'ioredis',
  'ioredis 5': 'ioredis-5',
  'valkey-glide 2': '@valkey/valkey-glide',
  'memory()': undefined,
};
/** The column of what stands behind the client in a title. */
const TOPOLOGIES = {
  '': 'one server',
  TLS: 'TLS',
  pool: 'pool',
  Sentinel: 'Sentinel',
  Cluster: 'Cluster',
  'a majority of 3 servers': '3 servers',
  'a majority of 3 servers, 1 of them dead': '3 servers, 1 dead',
};

const read = (path) => readFileSync(join(root, path), 'utf8');

/** How many cases of each contract each client has passed on each topology. */
function counts() {
  const passed = new Map();
  for (const run of RUNS) {
    // What takes long is not run each time: the README tells what came of it last.
    if (isCheck && run === 'build/locks.json' && !existsSync(join(root, run))) continue;
    for (const file of JSON.parse(read(run)).testResults) {
      for (const { ancestorTitles, status } of file.assertionResults) {
        const titles = ancestorTitles.map((title) =>
          /^(adapter|lock) contract: ([^,]+)(?:, (.+))?$/.exec(title),
        );
        const [title, contract, client, topology = ''] = titles.find((match) => match !== null) ?? [];
        if (!(client in CLIENTS) || !(topology in TOPOLOGIES)) continue;
        if (status === 'failed') throw new Error(`a test of ${title} has failed: see ${run}`);
        const place = `${contract}: ${client}, ${topology}`;
        if (status === 'passed') passed.set(place, (passed.get(place) ?? 0) + 1);
      }
    }
  }
  return passed;
}

/** @param before - the cells of each row as the README has them */
function table(before) {
  const passed = counts();
  const rows = Object.entries(CLIENTS).map(([client, name], row) => {
    const version = name === undefined ? '' : JSON.parse(read(`node_modules/${name}/package.json`)).version;
    const cells = Object.keys(TOPOLOGIES).map((topology, column) => {
      const last = isCheck ? (before[row]?.[column]?.split(' / ') ?? []) : [];
      const numbers = CONTRACTS.map((contract, i) => {
        const number = passed.get(`${contract}: ${client}, ${topology}`);
        return number ?? ((contract === 'lock' && last[i]) || NONE);
      });
      return numbers.every((number) => number === NONE) ? NONE : numbers.join(' / ');
    });
    return `| ${[client.replace(/ \d+$/, ''), version, ...cells].join(' | ')} |`;
  });
  const head = ['client', 'version', ...Object.values(TOPOLOGIES)];
  return [`| ${head.join(' | ')} |`, `| --- | --- |${' ---: |'.repeat(head.length - 2)}`, ...rows].join('\n');
}

function server() {
  const { systemBinary } = createRequire(import.meta.url)('./redis-server.cjs');
  const text = execFileSync(systemBinary, ['--version'], { encoding: 'utf8' });
  const [, name, version] = /^(\w+) server v=(\S+)/.exec(text) ?? [];
  return `${name} ${version}`;
}

try {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md must have ${BEGIN} and ${END}`);
  const before = text
    .slice(from, to)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  const cells = before.map((line) =>
    line
      .split('|')
      .slice(3, -1)
      .map((cell) => cell.trim()),
  );
  const about = `On ${server()}, tests of the contract of adapters / of that of locks that passed:`;
  const block = `${BEGIN}\n\n${about}\n\n${table(cells)}\n\n`;
  const wanted = await prettier.format(text.slice(0, from) + block + text.slice(to), {
    ...(await prettier.resolveConfig(readme)),
    filepath: readme,
  });
  if (wanted !== text) {
    if (isCheck) {
      writeFileSync(join(root, 'build/README.wanted.md'), wanted);
      throw new Error('README.md says something else than the tests: run "npm run tested" and commit it');
    }
    writeFileSync(readme, wanted);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
