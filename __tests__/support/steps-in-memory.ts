import { Keyspace } from '../../src/adapters/memory/keyspace.js';
import { twins } from '../../src/adapters/memory/twins.js';

const KEYS = ['lock', 'fence', 'queue', 'waiters'];

/** A keyspace whose time a test moves, and steps on it. */
export function stepsInMemory() {
  const clock = { now: 1_000_000 };
  const keyspace = new Keyspace(() => clock.now);
  const told: string[] = [];
  const run = (name: string, args: (string | number)[], keys = KEYS): unknown => {
    const [nonce, reply] = twins.get(name)!(keyspace, keys, [...args.map(String), 'nonce']);
    if (nonce !== 'nonce') throw new Error(`the reply has the nonce ${String(nonce)}`);
    return reply;
  };
  const acquire = (token: string, { ttl = 5_000, who = 'who', count = 1, channel = '' } = {}): unknown =>
    run('mutex-acquire', [token, ttl, who, count, channel]);
  const listen = (channel: string): unknown => keyspace.subscribe(channel, (message) => told.push(message));
  const us = (): number => clock.now * 1_000;
  return { clock, keyspace, told, run, acquire, listen, us };
}
