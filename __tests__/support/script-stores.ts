import { type Adapter, memory, nodeRedis } from '../../src/index.js';
import { startRedis } from './redis-server.js';

/** Where a script runs, and what others see and do there. */
export interface ScriptStore {
  readonly adapter: Adapter;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  /** In ms; -1 without an expiry, -2 without a key. */
  ttl(key: string): Promise<number>;
  clear(): Promise<unknown>;
}

type Cases = (store: () => ScriptStore) => void;

/** Runs the cases of a script on a real server, and those of its twin in memory. */
export function onEachStore(cases: Cases): void {
  onRealStore(cases);
  on('memory', memoryStore, cases);
}

export function onRealStore(cases: Cases): void {
  on('a real server', realStore, cases);
}

function on(name: string, make: () => Promise<ScriptStore>, cases: Cases): void {
  describe(`on ${name}`, () => {
    let store: ScriptStore;
    beforeAll(async () => {
      store = await make();
    });
    beforeEach(() => store.clear());
    cases(() => store);
  });
}

async function realStore(): Promise<ScriptStore> {
  const server = await startRedis();
  return {
    adapter: nodeRedis(await server.client()),
    get: async (key) => (await server.command('GET', key)) as string | null,
    set: (key, value, ttl) =>
      server.command('SET', key, value, ...(ttl === undefined ? [] : ['PX', String(ttl)])),
    ttl: async (key) => (await server.command('PTTL', key)) as number,
    clear: () => server.command('FLUSHALL'),
  };
}

async function memoryStore(): Promise<ScriptStore> {
  const adapter = memory();
  const { keyspace } = adapter;
  return {
    adapter,
    get: async (key) => keyspace.get(key),
    set: async (key, value, ttl) => void keyspace.set(key, value, ttl),
    ttl: async (key) => keyspace.ttl(key),
    clear: async () => keyspace.keys().forEach((key) => keyspace.delete(key)),
  };
}
