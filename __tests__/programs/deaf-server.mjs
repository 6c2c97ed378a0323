// Listens, with room for few connections that nobody has accepted. The test stops it, and then fills the room.
import { createServer } from 'node:net';

const server = createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () =>
  process.send({ port: server.address().port }),
);
