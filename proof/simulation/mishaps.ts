import type { Link } from './link.js';
import type { Oracle } from './oracle.js';
import { KEYS, type Node, TTL } from './program.js';
import type { SimulatedServer } from './server.js';
import type { FaultKind, Weather } from './weather.js';

/** What a schedule is made of. */
export interface Stage {
  readonly weather: Weather;
  readonly oracle: Oracle;
  readonly nodes: readonly Node[];
  readonly servers: readonly SimulatedServer[];
  readonly links: readonly Link[];
  /** Those that were told to close. */
  readonly closed: Set<Node>;
}

/** Lets what happens at some moment, and not to a command, happen from one to three times before `end`, in virtual ms. */
export function plan(stage: Stage, end: number): void {
  const { world, kinds } = stage.weather;
  for (const [kind, happen] of Object.entries(MISHAPS) as [FaultKind, (stage: Stage) => void][]) {
    if (!kinds.has(kind)) continue;
    const often = ONCE.has(kind) ? 1 : 1 + Math.floor(world.random() * 3);
    for (let n = 0; n < often; n++) {
      world.at(world.random() * end, () => {
        stage.weather.count(kind);
        happen(stage);
      });
    }
  }
}

/** So that somebody is left at the end. */
const ONCE: ReadonlySet<FaultKind> = new Set(['kill', 'close']);

const MISHAPS: Partial<Record<FaultKind, (stage: Stage) => void>> = {
  'half-open': ({ weather, links }) => {
    pick(weather, links).deafUntil = weather.world.now + weather.world.random() * 2 * TTL;
  },
  pause: ({ weather, nodes }) => pick(weather, nodes).process.pause(weather.world.random() * 3 * TTL),
  suspend: ({ weather, nodes }) => pick(weather, nodes).process.suspend(weather.world.random() * 3 * TTL),
  kill: ({ nodes }) => void (nodes.at(-1)!.process.alive = false),
  'wall-jump': ({ weather, nodes }) => {
    pick(weather, nodes).process.shift += (weather.world.random() * 2 - 1) * 3_600_000;
  },
  'server-jump': ({ weather, servers, oracle }) => {
    oracle.forgotten(servers);
    const server = pick(weather, servers);
    const ms = (weather.world.random() * 2 - 1) * 2 * TTL;
    if (ms > 0) oracle.exclusion.jumpedAhead(weather.world.now);
    server.jump(ms);
  },
  restart: ({ weather, servers, oracle }) => {
    // Several remember for each other what one forgets: there nothing is excused.
    if (servers.length === 1) oracle.forgotten(servers);
    pick(weather, servers).restart();
  },
  delete: ({ weather, servers, oracle }) => {
    oracle.forgotten(servers);
    const { keyspace } = pick(weather, servers);
    // A fencing token is promised to rise after a clock was set, or after the last one was forgotten: not after both.
    const others = weather.kinds.has('server-jump') ? 0 : 0.2;
    for (const key of keyspace.keys()) {
      if (KEYS.some((one) => key === `lock:${one}`) || weather.world.random() < others) keyspace.delete(key);
    }
  },
  failover: ({ weather, servers, oracle }) => {
    const [server] = servers;
    server!.replicate();
    weather.world.at(weather.world.now + weather.world.random() * 500, () => {
      oracle.forgotten(servers);
      server!.failOver();
    });
  },
  'error-reply': ({ weather, servers }) => {
    Object.assign(pick(weather, servers), {
      refusal: weather.error(),
      refusesUntil: weather.world.now + weather.world.random() * TTL,
    });
  },
  'message-forged': ({ weather }) => {
    const at = 1_700_000_000_000_000;
    for (const hear of [...weather.forgers]) hear(`${'forged'.padEnd(27, '_')} ${TTL} ${at} ${at}`);
  },
  close: ({ nodes, closed }) => {
    const node = nodes[0]!;
    closed.add(node);
    void node.locker.close({ grace: 100 });
  },
};

function pick<Item>({ world }: Weather, items: readonly Item[]): Item {
  return items[Math.floor(world.random() * items.length)]!;
}
