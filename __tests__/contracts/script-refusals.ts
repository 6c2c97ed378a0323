import { joined } from '../support/joined.js';
import { acquire, grant, KEYS, release, valueOf, WHO } from '../support/scripts.js';
import type { Adapter } from '../../src/index.js';
import type { UseBackend } from './adapter-contract.js';

const TOKEN = 'SecretSecretSecretSecret123';
const PASSWORD = 'open sesame';

/** A real server that refuses something in the middle of an acquire or a release. */
export function refusalCases(use: UseBackend): void {
  let adapter: Adapter;
  const rights = (...rules: string[]) =>
    use().server!.command('ACL', 'SETUSER', 'user', 'reset', 'on', `>${PASSWORD}`, ...rules);

  describe.each([
    ['steps on their own', (given: Adapter) => given],
    ['joined steps', joined],
  ])('%s', (_way, travel) => {
    beforeEach(async () => {
      await rights('+@all', '~*', '&*');
      adapter = travel(await use().open({ username: 'user', password: PASSWORD }));
      // The scripts are known before the server gets into its state.
      await grant(adapter, { token: TOKEN });
      await release(adapter, { token: TOKEN });
    });

    it.each([
      ['queue', KEYS.queue, KEYS.waiters],
      ['waiters', KEYS.waiters, KEYS.queue],
    ])(
      'who can not wait because something else is in the place of the %s leaves nothing for ever',
      async (_, odd, other) => {
        await use().set('key', `${'h'.repeat(27)} ${WHO}`, 10_000);
        await use().server!.command('SET', odd, 'spoilt');
        await expect(acquire(adapter, { token: TOKEN }, 'channel')).rejects.toThrow(/^WRONGTYPE /);
        // -2: nothing is there; -1 would be something without an end.
        expect(await use().server!.command('PTTL', other)).not.toBe(-1);
        expect(await use().get(odd)).toBe('spoilt');
      },
    );

    describe.each([
      ['nobody waits', false],
      ['somebody waits', true],
    ])('who is told of an error has no lock, and who has a lock gets rid of it: %s', (_, waits) => {
      // The right to delete is not among them: nobody can undo anything without it.
      const rightsOfScripts = [
        'time',
        'get',
        'set',
        'exists',
        'zadd',
        'zrange',
        'zrem',
        'hset',
        'hget',
        'hdel',
      ];
      const states: [string, () => Promise<unknown>][] = [
        ...['pexpire', 'pttl', 'publish', ...rightsOfScripts].map(
          (right): [string, () => Promise<unknown>] => [
            `without the right to ${right}`,
            () => rights('+@all', `-${right}`, '~*', '&*'),
          ],
        ),
        ['with a string in the place of the queue', () => spoil(KEYS.queue)],
        ['with a string in the place of the waiters', () => spoil(KEYS.waiters)],
        ['with a list in the place of the fence', () => spoil(KEYS.fence, 'RPUSH')],
      ];
      const message = (error: unknown): string => (error as Error).message;
      const spoil = async (key: string, command = 'SET') => {
        await use().server!.command('DEL', key);
        await use().server!.command(command, key, 'spoilt');
      };

      it.each(states)('%s', async (_state, enter) => {
        if (waits) await use().enqueue(KEYS, 'w'.repeat(27), 'spoilt');
        await enter();
        const reply = await acquire(adapter, { token: TOKEN }).catch(message);
        const there = await use().get('key');
        expect({ reply, there }).toEqual(
          typeof reply === 'string'
            ? { reply: expect.stringMatching(/^(ERR The user|NOPERM|WRONGTYPE)/), there: null }
            : {
                reply: expect.objectContaining({ granted: true }),
                there: expect.stringMatching(valueOf(TOKEN)),
              },
        );

        await use().set('key', `${TOKEN} ${WHO}`, 10_000);
        const outcome = await release(adapter, { token: TOKEN }).catch(message);
        expect({ outcome, left: await use().get('key') }).toEqual({
          outcome: expect.stringMatching(/^(released|ERR The user|NOPERM)/),
          left: outcome === 'released' ? null : expect.any(String),
        });
        // Only what it takes to compare is needed to give it back.
        if (!/exists|get/.test(_state)) expect(outcome).toBe('released');
      });
    });
  });
}
