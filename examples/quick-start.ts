/** How do I start? Connect, set the locker, decorate a method. */
import { createLocker, nodeRedis, setDefaultLocker, WithLock } from 'latchkey';
import { createClient } from 'redis';

interface MemberParams {
  phoneNumber: string;
  name: string;
}

class PossumLodge {
  readonly members: MemberParams[] = [];

  // Of all calls for one phone number, in all processes that use this Redis, one runs at a time.
  @WithLock((p: MemberParams) => p.phoneNumber)
  async addMember(p: MemberParams): Promise<string> {
    if (this.members.some((member) => member.phoneNumber === p.phoneNumber)) return `${p.name}: number taken`;
    // Here another call would get in between, were it not for the lock.
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.members.push(p);
    return `${p.name}: welcome`;
  }
}

const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();

// Once, when the program starts. Read at each call, so the classes may be imported before it.
const locker = createLocker(nodeRedis(client));
setDefaultLocker(locker);

const lodge = new PossumLodge();
const phoneNumber = '+61 491 570 006';
const answers = await Promise.all([
  lodge.addMember({ phoneNumber, name: 'Ada' }),
  lodge.addMember({ phoneNumber, name: 'Grace' }),
]);
console.log(answers.join('\n'));

// Once, when the program ends: first the locker, then the client, which is yours.
await locker.close();
await client.close();
