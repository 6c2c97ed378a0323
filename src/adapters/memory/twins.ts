/** What the scripts do, said in TypeScript: line by line the same as the `.lua` files, which are compared with it in the tests. */
import type { Keyspace } from './keyspace.js';

/** Does to `keyspace` what the script of the same name does to a server, and returns the same reply. */
export type Twin = (
  keyspace: Keyspace,
  keys: readonly string[],
  args: readonly string[],
) => (string | number)[];

const mutexAcquire: Twin = (keyspace, [lock = ''], [token = '', ttl = '', who = '']) => {
  if (keyspace.set(lock, `${token} ${who}`, Number(ttl), true)) return [1];
  const value = keyspace.get(lock) ?? '';
  if (value.startsWith(`${token} `)) {
    keyspace.expire(lock, Number(ttl));
    return [1];
  }
  return [0, keyspace.ttl(lock), holderBehind(token, value)];
};

/** Lua counts bytes, and of a foreign value any of them may stand where a token ends. */
function holderBehind(token: string, value: string): string {
  const bytes = Buffer.from(value);
  const mark = Buffer.byteLength(token);
  const isOurs = bytes[mark] === 0x20 && /^[\w-]*$/.test(bytes.toString('latin1', 0, mark));
  return isOurs ? bytes.toString('utf8', mark + 1) : '';
}

const mutexRelease: Twin = (keyspace, [lock = ''], [token = '']) => {
  if (!keyspace.get(lock)?.startsWith(`${token} `)) return [0];
  keyspace.delete(lock);
  return [1];
};

/** Each script's twin, by the script's name. */
export const twins: ReadonlyMap<string, Twin> = new Map([
  ['mutex-acquire', mutexAcquire],
  ['mutex-release', mutexRelease],
]);
