import { ServerTime } from '../../src/core/server-time.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

const AT = 1_700_000_000_000_000;
const EARLIEST = { mono: 1, wall: 2 };

describe('ServerTime', () => {
  /** A server that was spoken to 1,000 ms ago. */
  const spoken = () => {
    const environment = new VirtualEnvironment();
    const time = new ServerTime(environment.clock);
    const sentAt = { mono: environment.mono, wall: environment.wall };
    time.learn(sentAt, AT);
    environment.stall(1_000);
    return { time, sentAt, environment };
  };

  it('counts from the moment at which the earlier command was sent, and 1 % less for drift', () => {
    const { time, sentAt } = spoken();
    expect(time.momentOf(AT + 500_000, EARLIEST)).toEqual({
      mono: sentAt.mono + 495,
      wall: sentAt.wall + 495,
    });
  });

  it.each([
    ['in the future', 1_010_500],
    ['hours ahead', 3_600_000_000],
    ['before the command', -1],
    ['hours back', -3_600_000_000],
  ])('knows nothing of what was before the command, or has yet to come: %s', (_, after) => {
    const { time } = spoken();
    expect(time.momentOf(AT + after, EARLIEST)).toBeUndefined();
  });

  it.each([
    ['that very exchange', 0, 0],
    ['this very moment', 1_000_000, 990],
  ])('knows when something was that happened at %s', (_, after, ms) => {
    const environment = new VirtualEnvironment();
    const time = new ServerTime(environment.clock);
    const { mono, wall } = environment;
    time.learn({ mono, wall }, AT);
    environment.stall(990);
    expect(time.momentOf(AT + after, EARLIEST)).toEqual({ mono: mono + ms, wall: wall + ms });
  });

  it('takes the earliest moment when it knows nothing of the server', () => {
    const environment = new VirtualEnvironment();
    const time = new ServerTime(environment.clock);
    expect(time.momentOf(AT, EARLIEST)).toBe(EARLIEST);
  });

  it('knows best what it has learnt last', () => {
    const { time, environment } = spoken();
    const sentAt = { mono: environment.mono, wall: environment.wall };
    time.learn(sentAt, AT + 1_000_000);
    environment.stall(100);
    expect(time.momentOf(AT + 1_100_000, EARLIEST)?.mono).toBe(sentAt.mono + 99);
  });
});
