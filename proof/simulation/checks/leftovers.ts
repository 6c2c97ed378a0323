/** R1: when all is closed and every ttl is over, the servers have fencing tokens only, and no process has a reason to stay alive. */
export function checkLeftovers(
  keys: readonly string[],
  foreground: readonly number[],
  wrong: (what: string) => void,
): void {
  for (const key of keys) {
    if (!key.endsWith(':fence') && !key.endsWith('~memory')) wrong(`R1: ${key} is left`);
  }
  for (const [at, timers] of foreground.entries()) {
    if (timers !== 0) wrong(`R1: process ${at} has ${timers} timers in the foreground`);
  }
}
