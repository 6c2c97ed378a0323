import { readArguments } from '../../../proof/saboteurs/arguments.js';
import type { Saboteur } from '../../../proof/saboteurs/saboteur.js';

const all = ['one', 'two', 'three'].map((name) => ({ name }) as Saboteur);
const read = (...words: string[]) => readArguments(words, all);

it('lets all in by two workers, unless it is told otherwise', () => {
  expect(read()).toEqual({
    chosen: all,
    workers: 2,
    list: false,
    json: undefined,
    table: undefined,
    judge: 'tests',
    schedules: 10_000,
    acquisitions: 10_000,
  });
  expect(read('--table', 'a.md').table).toBe('a.md');
  const words = ['--only', 'three,one', '--list', '--workers', '3', '--json', 'a.json'];
  expect(read(...words)).toEqual({
    chosen: [all[2], all[0]],
    workers: 3,
    list: true,
    json: 'a.json',
    table: undefined,
    judge: 'tests',
    schedules: 10_000,
    acquisitions: 10_000,
  });
});

it('plays 10,000 schedules of the simulation, or lets 10,000 calls of chaos in, or as many as it is told', () => {
  expect(read('--with', 'simulation')).toMatchObject({ judge: 'simulation', schedules: 10_000 });
  expect(read('--with', 'simulation', '--schedules', '50').schedules).toBe(50);
  expect(read('--with', 'chaos')).toMatchObject({ judge: 'chaos', acquisitions: 10_000 });
  expect(read('--with', 'chaos', '--acquisitions', '50').acquisitions).toBe(50);
});

it.each([
  [['--ony', 'one'], 'there is no option --ony; there are --only, --workers,'],
  [['one'], 'there is no option one'],
  [['--only'], '--only must have a value'],
  [['--only', 'one,four'], '--only must name saboteurs (--list tells them), not four'],
  [['--only', ''], '--only must name saboteurs (--list tells them), not '],
  [['--workers', '0'], '--workers must be an integer from 1 to 16, not 0'],
  [['--workers', '1.5'], '--workers must be an integer from 1 to 16, not 1.5'],
  [['--with', 'luck'], '--with must be simulation or chaos, not luck'],
  [['--table', 'a.md', '--only', 'one'], '--table must come without --only'],
  [['--schedules', '5'], '--schedules must come with --with simulation'],
  [['--schedules', '5', '--with', 'chaos'], '--schedules must come with --with simulation'],
  [['--acquisitions', '5'], '--acquisitions must come with --with chaos'],
  [['--with', 'simulation', '--schedules', 'x'], '--schedules must be an integer from 1 to 10000000, not x'],
])('refuses %j', (words, message) => {
  expect(() => read(...words)).toThrow(RangeError);
  expect(() => read(...words)).toThrow(message);
});
