/** How do I see what my locks do? Listen to the locker. Keys may be personal data; `name` is fit to label metrics with. */
import { createLocker, memory } from 'latchkey';

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

const first = await locker.acquire('report', { name: 'First' });
const second = locker.acquire('report', { name: 'Second' });
await locker.acquire('report', { name: 'Third', timeout: 50 }).catch(() => undefined);
await first.release();
await (await second).release();

await locker.close();
