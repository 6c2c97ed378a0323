// This file and what it imports never load reflect-metadata, as a program without it.
import { createLocker, memory, WithLock } from '../src/index.js';

it('decorates and locks without reflect-metadata, and does not load it', async () => {
  const locker = createLocker(memory());
  const granted: string[] = [];
  locker.on('granted', ({ key }) => granted.push(key));
  class Lodge {
    @WithLock((phone: string) => phone, { locker })
    async add(phone: string): Promise<string> {
      return phone;
    }
  }
  expect(await new Lodge().add('555')).toBe('555');
  expect(granted).toEqual(['555']);
  expect('defineMetadata' in Reflect).toBe(false);
});
