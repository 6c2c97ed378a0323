import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const DIST = join(__dirname, '../../dist');

/** Every file that loading `entry` loads, relative to the build of its format. */
function reached(format: string, entry: string): string[] {
  const root = join(DIST, format);
  const files = new Set([join(root, entry)]);
  for (const file of files) {
    const imports = readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport |require\()["'](\.[^"']+)["']/g);
    for (const [, path] of imports) files.add(join(dirname(file), path!));
  }
  return [...files].map((file) => relative(root, file).replaceAll('\\', '/'));
}

it.each(['esm', 'cjs'])('the main entry, as %s, loads nothing of testing', (format) => {
  const files = reached(format, 'index.js');
  expect(files).toContain('adapters/memory/memory.js');
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => file.startsWith('testing/'))).toEqual([]);
  // The walk would have seen it.
  expect(reached(format, 'testing/index.js')).toContain('testing/world.js');
});
