import type { Socket } from 'node:net';

/** Calls `take` with each whole line; a last one without its end is what a killed process leaves, and is dropped. */
export function lines(socket: Socket, end: string, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const whole = (rest + text).split(end);
    rest = whole.pop()!;
    for (const line of whole) take(line);
  });
}
