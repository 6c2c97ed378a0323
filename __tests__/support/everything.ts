import { inspect } from 'node:util';

/** All that a log might show of `value`. */
export function everything(value: unknown): string {
  const { message, stack } = (value ?? {}) as { message?: string; stack?: string };
  return [message, stack, inspect(value, { depth: 10, showHidden: true }), JSON.stringify(value)].join('\n');
}
