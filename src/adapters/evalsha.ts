import type { Script } from '../scripts/script.js';

/** How a client runs a script that the server knows, and one that it does not. */
export interface ScriptRunner {
  evalsha(sha1: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  eval(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/**
 * Runs `script` by its SHA-1 and sends the text only to a server that does not know it.
 *
 * The fallback is EVAL and not SCRIPT LOAD: on a Cluster a LOAD may reach another node than the next EVALSHA.
 * Nothing but NOSCRIPT falls back, because any other failure does not tell whether the script has run.
 */
export async function runByHash(
  runner: ScriptRunner,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  try {
    return await runner.evalsha(script.sha1, keys, args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return runner.eval(script.source, keys, args);
  }
}
