// Finds a Redis (or Valkey) server for the tests and the examples.
//
// As a module it is redis-memory-server's `configProvider` (see package.json): it exports `{ systemBinary }`, the path of
// a server that is at hand, or `{}`. It looks, and fetches nothing, because it is loaded in the middle of tests.
//
// As a program (`node tools/redis-server.cjs`, run before the tests) it makes sure that there is one, in this order:
//   1. REDISMS_SYSTEM_BINARY;
//   2. redis-server or valkey-server on the PATH;
//   3. the copy that an earlier run left in .cache/redis-server;
//   4. on Debian and its relatives: unpack the distribution's package into that folder. This needs no root, installs
//      nothing and starts no service;
//   5. redis-memory-server's own download and build, which needs a C compiler and takes minutes; so it is done here and
//      not inside a test's timeout.
//
// With --or-url it is content with a REDIS_URL: the demo takes any server, the tests stop and kill theirs.
//
// The server of 3 and 4 serves as a Sentinel too (`redis-server file.conf --sentinel`), and redis-cli lies beside it.

'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { delimiter, dirname, join, relative, resolve } = require('node:path');

const CACHE = resolve(__dirname, '../.cache/redis-server');
const CACHED_SERVER = join(CACHE, 'redis-server');

const HELP = `The tests need a Redis or Valkey server. Install one
  macOS            brew install redis
  Debian, Ubuntu   apt-get install redis-server
  Fedora           dnf install valkey
or set REDISMS_SYSTEM_BINARY to the path of a server, then run this again.`;

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function onPath(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** The server to use, without fetching anything. */
function findServer() {
  if (process.env.REDISMS_SYSTEM_BINARY) return resolve(process.env.REDISMS_SYSTEM_BINARY);
  return onPath('redis-server', 'valkey-server') ?? (isExecutable(CACHED_SERVER) ? CACHED_SERVER : undefined);
}

/** The version line of a server that runs, or undefined: a file can be executable and still miss a library. */
function versionOf(server) {
  try {
    return execFileSync(server, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }).trim();
  } catch {
    return undefined;
  }
}

/**
 * Fills the cache folder through `fill(folder)`. The work is done in a folder beside it, which takes the final name in
 * one step when it is complete: an interrupted run leaves nothing that looks finished, and of two runs at once the
 * second finds the first one's result.
 */
function fillCache(fill) {
  fs.mkdirSync(dirname(CACHE), { recursive: true });
  removeLeftovers();
  const folder = fs.mkdtempSync(`${CACHE}-`);
  try {
    fill(folder);
    fs.chmodSync(folder, 0o755);
    if (versionOf(join(folder, 'redis-server')) === undefined) throw new Error('the server does not start');
    if (fs.existsSync(CACHE) && versionOf(CACHED_SERVER) === undefined) fs.rmSync(CACHE, { recursive: true });
    try {
      fs.renameSync(folder, CACHE);
    } catch (error) {
      // Another run was faster, and its result is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what interrupted runs left; a folder younger than this may belong to a run that is still at work. */
function removeLeftovers() {
  const before = Date.now() - 60 * 60 * 1000;
  for (const name of fs.readdirSync(dirname(CACHE))) {
    const folder = join(dirname(CACHE), name);
    if (folder.startsWith(`${CACHE}-`) && fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs < before) {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Debian, Ubuntu and relatives: download the package with the server in it and unpack it into `folder`. */
function unpackDebianPackage(folder) {
  const state = join(folder, 'apt/state');
  const archives = join(folder, 'apt/cache/archives');
  fs.mkdirSync(join(state, 'lists/partial'), { recursive: true });
  fs.mkdirSync(join(archives, 'partial'), { recursive: true });

  // apt keeps its lists and downloads in our folder, so it needs neither root nor the system's lists and locks. The
  // list of installed packages is the real one: apt then fetches just those libraries that this machine lacks.
  const settings = [
    `Dir::State=${state}`,
    `Dir::Cache=${join(folder, 'apt/cache')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    'Debug::NoLocking=true',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
  ];
  const run = (command, args) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const apt = (...args) =>
    run('apt-get', ['-q', '-y', ...settings.flatMap((setting) => ['-o', setting]), ...args]);
  apt('update');
  // The server is in redis-tools: redis-server is another name of redis-check-rdb, and the name decides what runs.
  apt('install', '--download-only', '--reinstall', '--no-install-recommends', 'redis-tools');
  for (const name of fs.readdirSync(archives)) {
    if (/^(redis-tools|lib).*\.deb$/.test(name)) run('dpkg', ['-x', join(archives, name), 'root']);
  }
  fs.rmSync(join(folder, 'apt'), { recursive: true, force: true });

  const server = join(folder, 'root/usr/bin/redis-server');
  if (!fs.existsSync(server)) fs.symlinkSync('redis-check-rdb', server);
  for (const name of ['redis-server', 'redis-cli'])
    fs.writeFileSync(join(folder, name), wrapper(name), { mode: 0o755 });
}

/**
 * A script that runs an unpacked program with the libraries unpacked beside it, wherever the folder lies. `exec` makes
 * the server take the script's place, so that a signal to the child process reaches the server.
 */
function wrapper(name) {
  return `#!/bin/sh
root=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/root || exit 1
for folder in "$root"/usr/lib/*-linux-* "$root"/lib/*-linux-*; do
  [ -d "$folder" ] && LD_LIBRARY_PATH=$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$root/usr/bin/${name}" "$@"
`;
}

/** The last resort: redis-memory-server downloads the source and compiles it. The cache then points to the result. */
async function buildFromSource() {
  const { default: RedisBinary } = require('redis-memory-server/lib/util/RedisBinary');
  const server = await RedisBinary.getPath({ systemBinary: '' });
  fillCache((folder) => fs.symlinkSync(server, join(folder, 'redis-server')));
}

async function main() {
  if (process.env.REDIS_URL && process.argv.includes('--or-url')) {
    console.error(`Redis: ${process.env.REDIS_URL} (REDIS_URL)`);
    return;
  }
  const attempts = [];
  if (!process.env.REDISMS_SYSTEM_BINARY) {
    if (onPath('apt-get') && onPath('dpkg')) {
      attempts.push(['Unpacking a Redis server with apt', () => fillCache(unpackDebianPackage)]);
    }
    attempts.push(['Downloading and compiling a Redis server; this takes minutes', buildFromSource]);
  }
  for (;;) {
    const server = findServer();
    const version = server && versionOf(server);
    if (version) {
      console.error(`${server}: ${version}`);
      return;
    }
    if (server) console.error(`${server} does not run.`);
    const [what, attempt] = attempts.shift() ?? [];
    if (!attempt) break;
    console.error(`${what} ...`);
    try {
      await attempt();
    } catch (error) {
      console.error(`That failed: ${error?.message ?? error}`);
    }
  }
  console.error(`\n${HELP}`);
  process.exitCode = 1;
}

if (require.main === module) {
  void main();
} else {
  const systemBinary = findServer();
  module.exports = systemBinary ? { systemBinary } : {};

  // redis-memory-server puts quotes around a path with a space and then starts that text, quotes and all, without a
  // shell. A path relative to the working folder has no such space, and only this variable is taken as it stands.
  if (systemBinary?.includes(' ')) {
    const shorter = relative(process.cwd(), systemBinary);
    if (!shorter.includes(' ')) process.env.REDISMS_SYSTEM_BINARY = shorter;
  }
}
