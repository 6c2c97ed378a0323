/** How do I see what my locks do? Listen to the locker. Keys may be personal data; `name` is fit to label metrics with. */
import { subscribe } from 'node:diagnostics_channel';

import { createLocker, type LockEvents, memory } from 'latchkey';

const locker = createLocker(memory());

locker.on('waiting', ({ name, holder }) => console.log(`${name} waits for ${holder?.split(' ')[1] ?? '?'}`));
locker.on('granted', ({ name, waited }) =>
  console.log(`${name} got it after ${Math.round(waited / 100)}00 ms`),
);
locker.on('refused', ({ name, error }) => console.log(`${name} gave up: ${(error as Error).name}`));
locker.on('lost', ({ name, reason }) => {
  // From now on another one may run beside this one. Worth an alarm.
  console.log(`${name} has lost it: ${reason}`);
});
locker.on('released', ({ name, outcome }) => console.log(`${name} gave it back: ${outcome}`));
locker.on('failure', ({ operation, reason }) => console.log(`${operation} failed: ${reason}`));

// For who watches the whole process and has no locker at hand, such as a tracing agent: the events of all lockers.
subscribe('latchkey:released', (event) => {
  const { name, held } = event as LockEvents['released'];
  console.log(`${name} had it for ${Math.round(held / 100)}00 ms`);
});

const first = await locker.acquire('report', { name: 'First' });
const second = locker.acquire('report', { name: 'Second' });
await locker.acquire('report', { name: 'Third', timeout: 50 }).catch(() => undefined);
await first.release();
await (await second).release();

await locker.close();
