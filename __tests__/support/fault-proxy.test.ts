import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { cut, delay, garbage, pass, slow, startProxy, swallow } from './fault-proxy.js';
import { eventually, pause } from './pause.js';

/** What a socket has received, and when its first and last bytes came. */
class Ear {
  readonly socket: Socket;
  text = '';
  closed = false;
  firstAt = 0;
  lastAt = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => (this.closed = true));
    socket.on('data', (bytes) => {
      this.lastAt = performance.now();
      this.firstAt ||= this.lastAt;
      this.text += bytes.toString();
    });
  }

  hears(text: string): Promise<void> {
    return eventually(() => this.text, text);
  }
}

const open: { destroy(): void }[] = [];
const server = createServer();
const targets: Ear[] = [];

beforeAll(async () => {
  server.on('connection', (socket) => {
    open.push(socket);
    targets.push(new Ear(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

beforeEach(() => targets.splice(0));
afterEach(() => open.splice(0).forEach((socket) => socket.destroy()));
afterAll(() => server.close());

/** A proxy, and both ends of a connection through it. */
async function joined() {
  const proxy = await startProxy((server.address() as { port: number }).port, () => 1);
  const dial = async (): Promise<{ client: Ear; target: Ear }> => {
    const before = targets.length;
    const socket = connect(proxy.port, '127.0.0.1');
    open.push(socket);
    const client = new Ear(socket);
    await eventually(() => targets.length, before + 1);
    return { client, target: targets[before]! };
  };
  return { proxy, dial, ...(await dial()) };
}

describe('the fault proxy', () => {
  it('lets bytes through in both directions, and the end of a connection', async () => {
    const { proxy, client, target } = await joined();
    client.socket.write('question');
    await target.hears('question');
    target.socket.write('answer');
    await client.hears('answer');
    client.socket.end('bye');
    await target.hears('questionbye');
    await eventually(() => target.closed, true);
    await eventually(() => proxy.links.length, 0);
    expect(proxy.accepted).toBe(1);
  });

  it('swallows one direction and not the other, and lets nobody know', async () => {
    const { proxy, client, target } = await joined();
    proxy.set({ toServer: swallow });
    client.socket.write('lost');
    target.socket.write('heard');
    await client.hears('heard');
    client.socket.destroy();
    await pause(50);
    expect(target).toMatchObject({ text: '', closed: false });
    proxy.heal();
    await eventually(() => target.closed, true);
  });

  it('cuts a connection in place of bytes', async () => {
    const { proxy, client, target } = await joined();
    proxy.set({ toClient: cut });
    target.socket.write('lost');
    await eventually(() => client.closed && target.closed, true);
    expect(client.text).toBe('');
  });

  it('delays bytes and the end behind them, in their order, and lets all go when told to pass', async () => {
    const { proxy, client, target } = await joined();
    proxy.set({ toServer: delay(100, 50) });
    const start = performance.now();
    client.socket.write('late ');
    await pause(10);
    proxy.set({ toServer: delay(0) });
    client.socket.write('later ');
    await target.hears('late later ');
    // The jitter is drawn at its most.
    expect(target.firstAt - start).toBeGreaterThanOrEqual(150);

    proxy.set({ toServer: delay(60_000) });
    client.socket.end('at last');
    await pause(50);
    expect(target).toMatchObject({ text: 'late later ', closed: false });
    proxy.set({ toServer: pass });
    await target.hears('late later at last');
    await eventually(() => target.closed, true);
  });

  it('lets bytes trickle', async () => {
    const { proxy, client, target } = await joined();
    proxy.set({ toServer: slow(2, 20) });
    client.socket.write('123456789');
    await target.hears('123456789');
    expect(target.lastAt - target.firstAt).toBeGreaterThanOrEqual(70);
  });

  it('sends garbage in the place of bytes, or between them', async () => {
    const { proxy, client, target } = await joined();
    proxy.set({ toClient: garbage((bytes) => Buffer.from(bytes.toString().toUpperCase())) });
    target.socket.write('answer');
    await client.hears('ANSWER');
    proxy.set({ toClient: garbage('x') });
    target.socket.write('answer');
    await client.hears('ANSWERx');
    proxy.links[0]!.inject('y');
    await client.hears('ANSWERxy');
  });

  it('shows requests and replies before a fault hits them, so that it can be meant for one connection', async () => {
    const { proxy, dial, client, target } = await joined();
    const other = await dial();
    proxy.onRequest = (bytes, link) => {
      if (bytes.includes('secret')) link.set({ toServer: swallow });
    };
    proxy.onReply = (bytes, link) => {
      if (bytes.includes('end')) link.cut();
    };
    client.socket.write('secret');
    other.client.socket.write('public');
    await other.target.hears('public');
    expect(target.text).toBe('');
    target.socket.write('the end');
    await eventually(() => client.closed, true);
    expect(other.client.closed).toBe(false);
    expect(client.text).toBe('');
  });

  it('refuses connections, and takes them again on the same port', async () => {
    const { proxy, dial, client } = await joined();
    const { port } = proxy;
    await proxy.refuse();
    await eventually(() => client.closed, true);
    const socket = connect(port, '127.0.0.1');
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
    await proxy.listen();
    const again = await dial();
    again.client.socket.write('question');
    await again.target.hears('question');
    expect(proxy).toMatchObject({ port, accepted: 2 });
  });
});
