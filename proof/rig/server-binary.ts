import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * @param project - the root of the project
 * @returns the path of the server that the tests start, for copies of the project; undefined when they find it by themselves
 */
export function serverBinary(project: string): string | undefined {
  const { systemBinary } = createRequire(join(project, 'package.json'))('./tools/redis-server.cjs') as {
    systemBinary?: string;
  };
  return systemBinary;
}
