/** How do I start? Connect, set the locker, decorate a method. */
import { setTimeout as sleep } from 'node:timers/promises';

import { createLocker, nodeRedis, setDefaultLocker, WithLock } from 'latchkey';
import { createClient } from 'redis';

interface MemberParams {
  phoneNumber: string;
  name: string;
}

class PossumLodge {
  readonly #members = new Map<string, string>();

  @WithLock((p: MemberParams) => p.phoneNumber)
  async addMember(p: MemberParams): Promise<string> {
    if (this.#members.has(p.phoneNumber)) return `${p.name}: number taken`;
    await sleep(50); // Here another call would get in between, were it not for the lock.
    this.#members.set(p.phoneNumber, p.name);
    return `${p.name}: welcome`;
  }
}

const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();

const locker = createLocker(nodeRedis(client));
setDefaultLocker(locker);

const lodge = new PossumLodge();
const phoneNumber = '+61 491 570 006';
const answers = await Promise.all([
  lodge.addMember({ phoneNumber, name: 'Ada' }),
  lodge.addMember({ phoneNumber, name: 'Grace' }),
]);
console.log(answers.join('\n'));

await locker.close();
await client.close();
