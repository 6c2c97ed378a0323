import { mutex } from '../../src/kinds/mutex.js';
import { quorumMutex } from '../../src/kinds/quorum-mutex.js';
import { quorumAcquire } from '../../src/scripts/generated.js';

const keys = { lock: 'lock:key', fence: 'its fence', queue: 'its queue', waiters: 'its waiters' };
const tenure = { keys, token: 'token', ttl: 20_000, who: 'host/1 Class.method', sections: 11 };
const kind = quorumMutex('memory', 60_000);

it('acquires with the key at which a server notes since when it remembers, and how long it has to', () => {
  const { script, keys: all, args, secrets } = kind.acquire(tenure, undefined);
  expect(script).toBe(quorumAcquire);
  expect(all).toEqual(['lock:key', 'its fence', 'its queue', 'its waiters', 'memory']);
  expect(args).toEqual(['token', '20000', 'host/1 Class.method', '11', '60000']);
  expect(secrets).toEqual(['token']);
});

it('takes a place in no queue, whatever the channel', () => {
  expect(kind.acquire(tenure, 'channel').args).toEqual(kind.acquire(tenure, undefined).args);
});

it('reads and counts the replies as on one server', () => {
  const call = kind.acquire(tenure, undefined);
  expect(call.read([1, 7, 1_700_000_000_000_000])).toMatchObject({ granted: true, fence: 7 });
  expect(call.inDoubt).toBe('refused');
});

it('extends as on one server, whatever a server has granted, and takes the lock for as long where it is not', () => {
  const call = kind.extend(tenure, 5_000, 7);
  const { script, args } = mutex.extend(tenure, 5_000, Number.MAX_SAFE_INTEGER);
  expect([call.script, call.args, call.inDoubt]).toEqual([script, args, 'failed']);
  const mend = call.mend!()!;
  expect([mend.script, mend.args]).toEqual([
    quorumAcquire,
    ['token', '5000', 'host/1 Class.method', '11', '60000'],
  ]);
});

it('does all else as on one server', () => {
  expect(kind.release(tenure).args).toEqual(mutex.release(tenure).args);
  expect(kind.adopt(tenure, 'former').args).toEqual(mutex.adopt(tenure, 'former').args);
});
