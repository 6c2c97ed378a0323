import { type RedisServer, startRedis, startRedisIn } from './redis-server.js';
import { NO_CLOCKS, WallClock } from './wall-clock.js';

/** A server whose clock a test can set. */
export interface JumpingServer {
  readonly server: RedisServer;
  /** Its clock jumps by so many ms; forward when they are more than 0. */
  jump(ms: number): Promise<void>;
}

/** One way to let the clock of a server jump. */
export interface WayToJump {
  /** As a title has it: "a server …". */
  readonly how: string;
  start(): Promise<JumpingServer>;
}

const HOUR = 3_600_000;

/** As it is: the server reads another time. */
async function withOwnClock(): Promise<JumpingServer> {
  const clock = new WallClock();
  const server = await startRedisIn(clock.env);
  const time = async () => Number(((await server.command('TIME')) as string[])[0]);
  const right = await time();
  clock.set(HOUR);
  if ((await time()) - right < HOUR / 1_000)
    throw new Error('This redis-server does not read the time through libc, so its clock can not be set.');
  clock.set(0);
  let wrongBy = 0;
  return {
    server,
    async jump(ms) {
      wrongBy += ms;
      clock.set(wrongBy);
    },
  };
}

/** What such a jump does to the keys, on any machine: all of them expire that much sooner or later. */
async function byItsKeys(): Promise<JumpingServer> {
  const server = await startRedis();
  return {
    server,
    async jump(ms) {
      for (const key of (await server.command('KEYS', '*')) as string[]) {
        const left = Number(await server.command('PTTL', key));
        if (left > 0) await server.command('PEXPIRE', key, String(left - ms));
      }
    },
  };
}

/** All ways that this machine has; the titles tell why there is none with a clock of its own. */
export const WAYS_TO_JUMP: readonly WayToJump[] = [
  ...(NO_CLOCKS === undefined ? [{ how: 'whose wall clock is set', start: withOwnClock }] : []),
  {
    how: `whose keys expire as if its wall clock were set${NO_CLOCKS === undefined ? '' : ` (no more than that: ${NO_CLOCKS})`}`,
    start: byItsKeys,
  },
];
