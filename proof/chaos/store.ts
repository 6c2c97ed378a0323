/** The resource that the locks are for, a process of its own: the run's folder, that of its histories, and whether it `checks` fencing tokens or `takes-all`. Locks that are handed over go through it, too. */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';

import { lines } from './lines.js';
import { now, Teller } from './telling.js';

const [root, folder, habit] = process.argv.slice(2);
const teller = new Teller(folder!, 'store');
const highest = new Map<string, number>();

interface Write {
  readonly process: string;
  readonly call: number;
  readonly key: string;
  readonly fence: number;
}

/** A lock that a worker hands over. */
export interface Gift {
  readonly key: string;
  readonly text: string;
}

/** The workers, each in turn the next one that a lock is handed to. */
const workers: Socket[] = [];

createServer((socket) => {
  workers.push(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => workers.splice(workers.indexOf(socket), 1));
  lines(socket, '\n', (line) => {
    const message = JSON.parse(line) as Write | Gift;
    if ('text' in message) {
      // To two of them: one gets it.
      for (const next of workers.splice(0, 2)) {
        next.write(`${line}\n`);
        workers.push(next);
      }
      return;
    }
    const { process, call, key, fence } = message;
    const accepted = habit === 'takes-all' || fence >= (highest.get(key) ?? 0);
    if (accepted) highest.set(key, fence);
    teller.tell({ at: now(), process, type: 'write', call, key, fence, accepted });
    socket.write(accepted ? 'taken\n' : 'refused\n');
  });
}).listen(join(root!, 'store.sock'), () => process.send?.('ready'));
process.on('message', (next: string) => teller.turn(next));
// Whoever it belongs to is gone: its socket would keep it for ever, and all that it was told is in its file.
process.on('disconnect', () => process.exit());
