// Removes everything that the build and the tests write, except what is cached in node_modules/.cache.

import { rmSync } from 'node:fs';

for (const folder of ['dist', 'build', 'coverage']) {
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true });
}
