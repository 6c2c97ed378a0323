import { ServerLog } from '../../../proof/chaos/server-log.js';
import type { Event } from '../../../proof/checker/history.js';

const TOKEN = 't'.repeat(27);

/** What is told of a lock that is granted for 400 ms at 1,000, and extended then. */
function toldOfAnExtension(at: number): Event[] {
  const told: Event[] = [];
  const log = new ServerLog(
    (event) => told.push(event),
    () => 0,
  );
  const call = { byScript: false, words: ['EVALSHA', 'sha', '1', 'lock:k', TOKEN] as const };
  log.take({ at: 1_000, ...call });
  log.take({ at: 1_000, byScript: true, words: ['SET', 'lock:k', `${TOKEN} 1000 who`, 'NX', 'PX', '400'] });
  log.take({ at, ...call });
  log.take({ at, byScript: true, words: ['PEXPIRE', 'lock:k', '400'] });
  log.flush();
  return told;
}

it.each([
  ['while it lasts', 1_300],
  ['in its last ms, which the server counts as a whole', 1_400.6],
])('a lease is extended %s', (_, at) => {
  expect(toldOfAnExtension(at).at(-1)).toMatchObject({
    type: 'own',
    key: 'k',
    token: TOKEN,
    until: at + 400,
  });
});

it('a lease that is over is not extended', () => {
  expect(toldOfAnExtension(1_403)).toHaveLength(1);
});

it.each([
  ['before it has granted it', 1_800],
  ['behind that', 1_000],
])('a lock may last from when a server goes on that was stopped %s', (_, granted) => {
  const told: Event[] = [];
  const log = new ServerLog(
    (event) => told.push(event),
    () => 0,
  );
  log.take({ at: 1_000, byScript: false, words: ['EVALSHA', 'sha', '1', 'lock:k', TOKEN] });
  log.take({ at: granted, byScript: true, words: ['SET', 'lock:k', `${TOKEN} 1000 who`, 'PX', '400'] });
  log.take({ at: 1_800, byScript: true, words: ['ZREM', '{lock:k}:~v1:queue', TOKEN] });
  log.flush();
  expect(told.at(-1)).toMatchObject({ type: 'own', key: 'k', at: 1_000, until: 2_200, surely: 1_400 });
});
