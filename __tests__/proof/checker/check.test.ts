import { check } from '../../../proof/checker/check.js';
import { parse } from '../../../proof/checker/history.js';
import { timeline } from '../../../proof/checker/timeline.js';
import { bad } from './bad.js';
import { good } from './good.js';
import * as h from './histories.js';
import { A, B, robbed } from './scenes.js';

it('has 20 of each', () => expect(Math.min(good.length, bad.length)).toBeGreaterThanOrEqual(20));

it.each(good)('finds nothing wrong with: %s', (_what, events) => {
  expect(check(events).verdict).toMatchObject({ violations: [], valid: true });
});

it.each(bad)('finds, by %s: %s', (name, _what, events) => {
  expect(check(events).verdict.violations.map((found) => found.check)).toContain(name);
});

it('counts the claims that outlived their lock, and for how long', () => {
  const { verdict } = check([...robbed, ...h.call('a', 1, 1, 10, 50), ...B]);
  expect(verdict).toMatchObject({ claims: 2, outlived: 1, longestOutlived: 35 });
});

it('leaves out the torn last line of a killed process, and no other', () => {
  const line = JSON.stringify(A[0]);
  expect(parse(`${line}\n{"at":1`, 'a')).toEqual([A[0]]);
  expect(() => parse(`{"at":1\n${line}\n`, 'a.jsonl')).toThrow('a.jsonl:1 must be one JSON object');
});

it('refuses what is no event, with its place', () => {
  expect(() => parse('{"at":1,"process":"a","type":"no"}\n', 'x')).toThrow('x:1: type must be one of');
  expect(() => parse('{"at":"1","process":"a","type":"exit","call":1}\n', 'x')).toThrow(
    'x:1: at of exit must be a number',
  );
  expect(() => parse('{"at":1,"process":"a","type":"fence"}\n', 'x')).toThrow(
    'x:1: key of fence must be a string',
  );
});

it('draws a page that escapes what it shows', () => {
  const events = [
    ...h.call('<script>', 1, 1, 10, 35, { key: '"&<b>' }),
    ...h.call('b', 1, 2, 30, 40, { key: '"&<b>' }),
  ];
  const { judged, verdict } = check(events);
  const page = timeline(judged, verdict);
  expect(page).not.toMatch(/<script|<b>/);
  expect(page).toContain('Not valid');
  expect(page.match(/class="claim"/g)).toHaveLength(2);
});
