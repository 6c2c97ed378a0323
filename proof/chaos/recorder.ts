import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { lines } from './lines.js';
import { parseMonitored } from './monitor.js';
import { ServerLog } from './server-log.js';
import { now, Teller } from './telling.js';

/** Watches all that a server does (`MONITOR`), and tells it as events of a history. */
export class Recorder {
  readonly #port: number;
  readonly #log: ServerLog;
  readonly #teller: Teller;
  readonly #marks = new Map<string, () => void>();
  #offset = offsetNow();
  #socket: Socket | undefined;
  #mark = 0;

  constructor(port: number, folder: string) {
    this.#port = port;
    this.#teller = new Teller(folder, 'server');
    this.#log = new ServerLog(this.#teller.tell, () => this.#offset);
  }

  /** Watches from when it resolves. */
  async start(): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    socket.on('error', () => undefined);
    socket.write('*1\r\n$7\r\nMONITOR\r\n');
    await once(socket, 'data');
    lines(socket, '\r\n', (line) => this.#take(line));
    // What it does from then on would be missing from the history, and nobody could tell.
    socket.on('close', () => {
      if (this.#socket === socket) throw new Error('the server has hung up on its recorder');
    });
    this.#socket = socket;
  }

  /** Resolves when everything that the server had done before the call has been told. @param ping - makes the server see `PING mark` */
  async drain(ping: (mark: string) => Promise<unknown>): Promise<void> {
    this.#offset = offsetNow();
    const mark = `mark-${++this.#mark}`;
    const seen = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    await ping(mark);
    await seen;
    this.#log.flush();
  }

  /** The server goes, and all that it knew. */
  lost(): void {
    this.#hangUp();
    this.#log.forget(now());
  }

  /** Goes on in another folder, when all has been told. */
  turn(folder: string): void {
    this.#teller.turn(folder);
  }

  close(): void {
    this.#hangUp();
    this.#log.flush();
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #take(line: string): void {
    const monitored = parseMonitored(line);
    if (monitored === undefined) return;
    this.#log.take(monitored);
    const [, mark = ''] = monitored.words;
    this.#marks.get(mark)?.();
    this.#marks.delete(mark);
  }
}

/** How often the clocks are compared. */
const TIMES = 8;

/**
 * From the wall clock to the monotonic one, in ms: read where the wall clock, which has whole ms only, goes on. The least of several,
 * since whoever is taken off the processor between the two readings finds too much, and never too little.
 */
function offsetNow(): number {
  let least = Infinity;
  for (let n = 0; n < TIMES; n++) {
    const before = Date.now();
    let wall = before;
    while (wall === before) wall = Date.now();
    least = Math.min(least, now() - wall);
  }
  return least;
}
