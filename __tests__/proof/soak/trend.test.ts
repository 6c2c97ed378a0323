import { chart } from '../../../proof/soak/chart.js';
import { readArguments } from '../../../proof/soak/arguments.js';
import { type Sample, trends } from '../../../proof/soak/sample.js';
import { quantile, slopePerHour } from '../../../proof/soak/trend.js';

const MIB = 2 ** 20;
const sample = (minutes: number, more: Partial<Sample> = {}): Sample => ({
  ...{
    minutes,
    acquisitions: 1_000,
    heap: 10 * MIB,
    rss: 60 * MIB,
    sockets: 2,
    keys: 66,
    clients: 12,
    p50: 1,
    p99: 9,
  },
  ...more,
});
const minutes = Array.from({ length: 60 }, (_, n) => n + 1);

it('finds the slope of a line, and of one with noise', () => {
  expect(slopePerHour([0, 30, 60], [5, 6, 7])).toBeCloseTo(2);
  expect(slopePerHour([0, 30, 60], [5, 7, 5])).toBeCloseTo(0);
  expect(slopePerHour([1], [5])).toBe(0);
});

it('finds quantiles', () => {
  expect([quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 0.99), quantile([], 0.5)]).toEqual([2, 4, 0]);
});

it('tells of a heap that grows by more than 1 MiB in an hour, behind the warm-up', () => {
  const growing = (perHour: number, warmUp: number): Sample[] =>
    minutes.map((at) => sample(at, { heap: (at < 12 ? warmUp : 10 + (perHour * at) / 60) * MIB }));
  expect(trends(growing(0.9, 3)).problems).toEqual([]);
  expect(trends(growing(1.1, 10)).problems).toEqual(['the heap grows by 1.10 MiB per hour']);
});

it('says nothing of the heap of a short run', () => {
  expect(trends(minutes.slice(0, 9).map((at) => sample(at, { heap: at * MIB }))).problems).toEqual([]);
});

it('tells of keys and sockets that become more', () => {
  const more = [...minutes.map((at) => sample(at)), sample(61, { keys: 67, sockets: 3, clients: 20 })];
  expect(trends(more).problems).toEqual([
    'there were 66 keys, and 67 at the end',
    'there were 2 sockets, and 3 at the end',
  ]);
});

it('draws a chart for each figure', () => {
  const picture = chart(
    'Title',
    [1, 2, 3],
    [
      { title: 'heap', unit: 'MiB', values: [1, 2, 4] },
      { title: 'keys', unit: '', values: [0, 0, 0] },
    ],
  );
  expect(picture.match(/<polyline/g)).toHaveLength(2);
  expect(picture).toContain('4 MiB');
  expect(picture).not.toContain('NaN');
});

it.each([
  ['--minutes 0', 'soak: --minutes must be an integer from 1 to 10000, not 0'],
  ['--seed x', 'soak: --seed must be an integer from 1 to 1000000000, not x'],
  ['--hours 1', 'there are --minutes, --seed, --out'],
])('refuses %s', (words, message) => {
  expect(() => readArguments(words.split(' '))).toThrow(message);
});
