import { createClient } from 'redis';

import { documentedCommands, readAclLog, type Refused } from './rights.js';

/**
 * Whether whoever connects without a name may do no more than docs/security.md says, as documented-rights.ts wants it. Keys and
 * channels are the tests' own, so all of them are allowed.
 */
export const limited = process.env['LATCHKEY_TEST_RIGHTS'] === 'documented';

/** Whom the tests' own commands come from then. */
export const ADMIN = { username: 'admin', password: 'abracadabra' };

/**
 * Options of redis-server.
 *
 * @param password - that of the clients under test, if they have one
 */
export function limitingOptions(password: string | undefined): string[] {
  const commands = documentedCommands('latchkey').map((command) => `+${command}`);
  const login = password === undefined ? 'nopass' : `>${password}`;
  return [
    // The server does not start with a word that it does not know.
    ...['--user', 'default', 'reset', 'resetchannels', 'on', login, '~*', '&*', ...commands],
    ...['--user', ADMIN.username, 'on', `>${ADMIN.password}`, '~*', '&*', '+@all'],
  ];
}

/** What a server refuses to do for the clients under test. */
interface Limited {
  readonly url: string;
  command(...command: string[]): Promise<unknown>;
}

const refused: Refused[] = [];
const watched = new Set<Limited>();

/** Looks who a client without a name is, and that it is refused what the documented line does not have. */
export async function watch(server: Limited, password: string | undefined): Promise<void> {
  const client = createClient({ url: server.url, ...(password !== undefined && { password }), RESP: 2 });
  client.on('error', () => undefined);
  await client.connect();
  const answer = await client.sendCommand(['ACL', 'WHOAMI']).catch(String);
  client.destroy();
  const log = readAclLog(await server.command('ACL', 'LOG')).filter(({ object }) => object === 'acl|whoami');
  expect(answer).toMatch(/NOPERM/);
  expect(log).toEqual([
    { reason: 'command', context: 'toplevel', object: 'acl|whoami', username: 'default' },
  ]);
  expect(await server.command('ACL', 'WHOAMI')).toBe(ADMIN.username);
  await server.command('ACL', 'LOG', 'RESET');
  watched.add(server);
}

/** Notes what was refused until now to clients under test. Of a server that does not answer, nothing. */
async function note(server: Limited): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, 500, undefined)));
  const log = await Promise.race([server.command('ACL', 'LOG').catch(() => undefined), late]);
  clearTimeout(timer);
  if (log === undefined) return;
  // A client that says of itself what Redis 7.2 wants to know is refused, and does not mind.
  const ours = readAclLog(log).filter(
    ({ username, reason, object }) =>
      username === 'default' && reason !== 'auth' && object !== 'client|setinfo',
  );
  refused.push(...ours);
  if (ours.length > 0) await server.command('ACL', 'LOG', 'RESET');
}

/** Stops looking at a server, which is about to end. */
export async function unwatch(server: Limited): Promise<void> {
  if (watched.delete(server)) await note(server);
}

if (limited) {
  afterEach(async () => {
    for (const server of watched) await note(server);
    // Told with the test in which it happened.
    expect(refused.splice(0)).toEqual([]);
  });
  afterAll(() => {
    expect(refused).toEqual([]);
  });
}
