import { createConnection } from 'node:net';

/**
 * Counts what clients send to the server, by MONITOR: what a script calls is marked there and is not counted.
 *
 * @returns how to read the count and how to stop
 */
export async function countCommands(url) {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  socket.setEncoding('utf8');
  let rest = '';
  let count = -1; // the reply to MONITOR itself
  await new Promise((resolve) => {
    socket.on('data', (data) => {
      const lines = (rest + data).split('\r\n');
      rest = lines.pop();
      count += lines.filter((line) => !/^\+[\d.]+ \[\d+ lua\]/.test(line)).length;
      resolve();
    });
    socket.write('MONITOR\r\n');
  });
  return { read: () => count, stop: () => socket.destroy() };
}
