import { type IoredisClient, isCluster } from './ioredis-client.js';
import { LostReplies } from './ioredis-lost-replies.js';

/** Sends a command. */
export type Send = (command: 'evalsha' | 'eval' | 'wait', ...args: readonly unknown[]) => Promise<unknown>;

/** How a command is sent, so that the same comes back from a client of whatever settings. */
export function sender(client: IoredisClient): Send {
  // Not `client.evalsha`, which waits for other commands with `enableAutoPipelining`, and not `client.callBuffer`, which
  // loses its command's name then. In capitals no transformer is found for it; but before 5.9 a Cluster of ioredis does not
  // find its keys either, and asks any node.
  const method = (name: string) =>
    client.createBuiltinCommand(isCluster(client) ? name : name.toUpperCase()).buffer;
  const methods = { evalsha: method('evalsha'), eval: method('eval'), wait: method('wait') };
  const call: Send = (command, ...args) => methods[command].call(client, ...args);
  const lost =
    client.options.autoResendUnfulfilledCommands === false && !isCluster(client)
      ? new LostReplies(client)
      : undefined;
  return async (command, ...args) =>
    plain(await (lost?.expect(() => call(command, ...args)) ?? call(command, ...args)));
}

/** Texts are Buffers here, so what is text is a number of a client with `stringNumbers`. */
function plain(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(plain);
  if (Buffer.isBuffer(reply)) return reply.toString();
  return typeof reply === 'string' ? Number(reply) : reply;
}
