/** `npm run check-history -- <folder>`: judges the histories of a folder again. Exit codes: 0 valid, 1 not, 2 no histories. */
import { readdirSync, statSync } from 'node:fs';

import { describe, judge } from './judge.js';

const [folder, ...rest] = process.argv.slice(2);
const isFolder = folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory();
if (!isFolder || rest.length > 0 || !readdirSync(folder).some((name) => name.endsWith('.jsonl'))) {
  const given = JSON.stringify(process.argv.slice(2).join(' '));
  console.error(`check-history: <folder> must be one folder with *.jsonl files, not ${given}`);
  process.exitCode = 2;
} else {
  const { verdict } = judge(folder);
  console.log(describe(verdict));
  process.exitCode = verdict.valid ? 0 : 1;
}
