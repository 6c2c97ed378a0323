import { sabotage, StaleSaboteurError } from '../../../proof/saboteurs/patch.js';

const made = (find: string, put: string) => ({ name: 'some', file: 'src/a.ts', find, put });

it('puts one thing in the place of another, as it is written', () => {
  expect(sabotage('a + b', made(' + ', ' $& $1 '))).toBe('a $& $1 b');
});

it.each([
  ['is not there', 'a + b', ' - ', 0],
  ['is there twice', 'a + b + c', ' + ', 2],
  ['is nothing', 'a', '', 0],
])('is stale when what it replaces %s', (_, text, find, places) => {
  expect(() => sabotage(text, made(find, '.'))).toThrow(StaleSaboteurError);
  expect(() => sabotage(text, made(find, '.'))).toThrow(
    `some: what it replaces must stand exactly once in src/a.ts, not ${places} times: ${JSON.stringify(find)}`,
  );
});

it('is stale when it changes nothing', () => {
  expect(() => sabotage('a + b', made(' + ', ' + '))).toThrow(
    'some: it replaces something in src/a.ts by itself',
  );
});
