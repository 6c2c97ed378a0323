import { connect } from 'node:net';

import { killPrograms, now, Program } from '../programs/program.js';
import { deferred } from '../support/deferred.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

const redis = sharedRedis();

afterEach(killPrograms);

interface Lodge {
  readonly program: Program;
  readonly url: string;
}

async function startLodge(env: Record<string, string> = {}): Promise<Lodge> {
  const program = new Program('build/examples/express/server.js', {
    REDIS_URL: redis().url,
    PORT: '0',
    ...env,
  });
  const { port } = await program.next();
  return { program, url: `http://127.0.0.1:${port as number}` };
}

async function join({ url }: Lodge, name: string): Promise<Response> {
  const body = JSON.stringify({ phoneNumber: '+61 491 570 006', name });
  return fetch(`${url}/members`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

async function fiftyRequests(
  env: Record<string, string>,
): Promise<{ statuses: number[]; members: unknown[] }> {
  const [first, second] = await Promise.all([startLodge(env), startLodge(env)]);
  const responses = await Promise.all(
    Array.from({ length: 50 }, (_, i) => join(i % 2 === 0 ? first : second, `Possum ${i}`)),
  );
  const statuses = await Promise.all(
    responses.map(async (response) => {
      await response.arrayBuffer();
      return response.status;
    }),
  );
  const members = (await (await fetch(`${first.url}/members`)).json()) as unknown[];
  for (const { program } of [first, second]) {
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
  }
  return { statuses: statuses.sort(), members };
}

test('of 50 requests at once for one phone number, at two processes, exactly one becomes a member', async () => {
  const { statuses, members } = await fiftyRequests({ LOCK: 'on' });
  expect(members).toHaveLength(1);
  expect(statuses).toEqual([201, ...Array<number>(49).fill(409)]);
});

test('without the lock, more than one of them becomes a member', async () => {
  const { members } = await fiftyRequests({ LOCK: 'off' });
  expect(members.length).toBeGreaterThan(1);
});

/** Whether somebody still listens there: a new connection, and none that was kept alive. */
async function accepts({ url }: Lodge): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNREFUSED' ? resolve(false) : reject(error),
    );
  });
}

/** The requests of ten people at once, when one of them has the lock and the others wait for it. */
async function tenRequests(lodge: Lodge): Promise<Promise<Response>[]> {
  const subscriber = await redis().client();
  const taken = deferred<unknown>();
  await redis().command('CONFIG', 'SET', 'notify-keyspace-events', 'K$');
  await subscriber.subscribe('__keyspace@0__:lock:+61 491 570 006', taken.resolve);
  const responses = Array.from({ length: 10 }, (_, i) => join(lodge, `Possum ${i}`));
  await taken.promise;
  // An answer to a request that came later tells that the earlier ones have been read.
  await (await fetch(`${lodge.url}/members`)).json();
  return responses;
}

test('on SIGTERM the holder finishes, who waits is refused, and the process ends by itself with nothing left', async () => {
  const lodge = await startLodge({ INQUIRY_MS: '1500' });
  const responses = await tenRequests(lodge);
  const answered: number[] = [];
  for (const response of responses) void response.then(({ status }) => answered.push(status));
  expect(await accepts(lodge)).toBe(true);

  const start = now();
  lodge.program.kill('SIGTERM');
  await eventually(() => answered.length, 9);
  // The one who has the lock is still at work.
  expect(answered).toEqual(Array(9).fill(503));
  expect(await accepts(lodge)).toBe(false);

  const answers = await Promise.all(responses);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(503)]);
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.map(({ headers }) => headers.get('Retry-After'))).toEqual(Array(9).fill('1'));
  const refusals = await Promise.all(refused.map((each) => each.json()));
  expect(refusals).toEqual(Array(9).fill({ error: 'this process is shutting down' }));

  expect(await lodge.program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(now() - start).toBeLessThan(1_500 + 1_000);
  expect(await keysLeft(redis())).toEqual(['possum-lodge:members']);
  expect(await redis().command('LLEN', 'possum-lodge:members')).toBe(1);
});

test('on SIGTERM a holder that does not finish within the grace loses its lock, and its client is told so', async () => {
  const lodge = await startLodge({ INQUIRY_MS: '1500', GRACE_MS: '200' });
  const responses = await tenRequests(lodge);
  const start = now();
  lodge.program.kill('SIGTERM');
  await eventually(() => redis().command('EXISTS', 'lock:+61 491 570 006'), 0);
  expect(now() - start).toBeLessThan(200 + 1_000);

  const answers = await Promise.all(responses);
  expect(answers.map(({ status }) => status).sort()).toEqual([500, ...Array<number>(9).fill(503)]);
  const lost = answers.find(({ status }) => status === 500)!;
  expect(await lost.json()).toEqual({ error: expect.stringContaining('not certain whether') });
  expect(await lodge.program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(await keysLeft(redis())).toEqual(['possum-lodge:members']);
});
