/** The resource that the locks are for, a process of its own: the run's folder, that of its histories, and whether it `checks` fencing tokens or `takes-all`. */
import { createServer } from 'node:net';
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

createServer((socket) => {
  socket.on('error', () => undefined);
  lines(socket, '\n', (line) => {
    const { process, call, key, fence } = JSON.parse(line) as Write;
    const accepted = habit === 'takes-all' || fence >= (highest.get(key) ?? 0);
    if (accepted) highest.set(key, fence);
    teller.tell({ at: now(), process, type: 'write', call, key, fence, accepted });
    socket.write(accepted ? 'taken\n' : 'refused\n');
  });
}).listen(join(root!, 'store.sock'), () => process.send?.('ready'));
process.on('message', (next: string) => teller.turn(next));
// Whoever it belongs to is gone: its socket would keep it for ever, and all that it was told is in its file.
process.on('disconnect', () => process.exit());
