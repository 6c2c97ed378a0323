import { ServerTime } from '../../src/core/server-time.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

const AT = 1_700_000_000_000_000;

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
    expect(time.momentOf(AT + 500_000, undefined)).toEqual({
      mono: sentAt.mono + 495,
      wall: sentAt.wall + 495,
    });
  });

  it.each([
    ['in the future', 1_010_500],
    ['hours ahead', 3_600_000_000],
    ['before the command', -1],
    ['hours back', -3_600_000_000],
  ])('is certain of nothing but the command when the clock was set: %s', (_, after) => {
    const { time, sentAt } = spoken();
    expect(time.momentOf(AT + after, undefined)).toEqual(sentAt);
  });

  it('takes the earliest moment when it knows nothing of the server', () => {
    const environment = new VirtualEnvironment();
    const time = new ServerTime(environment.clock);
    const earliest = { mono: 1, wall: 2 };
    expect(time.momentOf(AT, earliest)).toEqual(earliest);
    expect(time.momentOf(AT, undefined)).toEqual({ mono: environment.mono, wall: environment.wall });
  });

  it('knows best what it has learnt last', () => {
    const { time, environment } = spoken();
    const sentAt = { mono: environment.mono, wall: environment.wall };
    time.learn(sentAt, AT + 1_000_000);
    environment.stall(100);
    expect(time.momentOf(AT + 1_100_000, undefined).mono).toBe(sentAt.mono + 99);
  });
});
