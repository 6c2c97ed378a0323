import { main as redisStory } from '../examples/fencing-redis.js';
import { balanceOf, change, claim, main as sqlStory, openAccounts, store } from '../examples/fencing-sql.js';
import { killPrograms, Program } from './programs/program.js';
import { keysLeft } from './support/keys-left.js';
import { read } from './support/pages.js';
import { sharedRedis } from './support/redis-server.js';

const redis = sharedRedis();

afterEach(killPrograms);

/** What an example prints, without what a slow machine may change: whether the second holder's lock is still held. */
const told = (lines: string[]): string[] =>
  lines.map((line) => line.trim()).filter((line) => !line.includes('paused'));

async function run(example: string): Promise<string[]> {
  const program = new Program(`build/examples/${example}.js`, { REDIS_URL: redis().url });
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return told(stdout.trim().split('\n'));
}

const wrote = expect.stringMatching(/^second: .* write accepted$/);
const refused = 'first: lock.held is false, write refused as stale';
const overwrote = 'first: lock.held is false, write accepted';

describe('a holder that was paused until the next one had written', () => {
  it('is refused by the SQL table', async () => {
    expect(await run('fencing-sql')).toEqual([
      'set the balance to 110 and then to 120:',
      ...[wrote, refused, 'balance: 120'],
      'withdraw 30 and 50:',
      ...[wrote, refused, 'balance: 70'],
    ]);
  });

  it('is refused by the hash in Redis', async () => {
    expect(await run('fencing-redis')).toEqual([wrote, refused, 'balance: 50']);
    expect(await keysLeft(redis())).toEqual([]);
  });

  it('spoils the SQL table when the statements do not compare tokens', async () => {
    const unchecked: typeof store = (db, id, balance) =>
      db.run('UPDATE account SET balance = ? WHERE id = ?', [balance, id]).changes === 1;
    const lines: string[] = [];
    await sqlStory(redis().url, (line) => lines.push(line), { store: unchecked, change: unchecked });
    expect(told(lines)).toEqual([
      'set the balance to 110 and then to 120:',
      ...[wrote, overwrote, 'balance: 110'],
      'withdraw 30 and 50:',
      ...[wrote, overwrote, 'balance: 80'],
    ]);
  });

  it('spoils the hash in Redis when the script does not compare tokens', async () => {
    const lines: string[] = [];
    await redisStory(
      redis().url,
      (line) => lines.push(line),
      async (client, key, balance) => (await client.hSet(key, { balance })) === 0,
    );
    expect(told(lines)).toEqual([wrote, overwrote, 'balance: 70']);
  });
});

describe('what docs/fencing.md says of the conditions', () => {
  let db: ReturnType<typeof openAccounts>;
  beforeEach(() => {
    db = openAccounts();
  });
  afterEach(() => db.close());

  it('"<" lets a token pass once per row', () => {
    expect([store(db, 'ada', 1, 7), store(db, 'ada', 2, 7), store(db, 'ada', 3, 6)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(balanceOf(db, 'ada')).toBe(1);
  });

  it('a claim may be repeated, and not by an earlier holder', () => {
    expect([claim(db, 'ada', 7), claim(db, 'ada', 7), claim(db, 'ada', 6)]).toEqual([true, true, false]);
  });

  it('"=" lets only the last one to claim write, and as often as they like', () => {
    expect(change(db, 'ada', 1, 7)).toBe(false);
    claim(db, 'ada', 7);
    expect([change(db, 'ada', 1, 7), change(db, 'ada', 2, 7), change(db, 'ada', 3, 6)]).toEqual([
      true,
      true,
      false,
    ]);
    claim(db, 'ada', 8);
    expect(change(db, 'ada', 4, 7)).toBe(false);
    expect(balanceOf(db, 'ada')).toBe(2);
  });

  it('without a claim, a write after the next holder has read is lost; with one it is refused', () => {
    const readBySecond = balanceOf(db, 'ada');
    expect(store(db, 'ada', 100 - 30, 7)).toBe(true);
    expect(store(db, 'ada', readBySecond - 50, 8)).toBe(true);
    expect(balanceOf(db, 'ada')).toBe(50); // and not 20: the first one's withdrawal was accepted, and is gone

    claim(db, 'ada', 9);
    const readByThird = balanceOf(db, 'ada');
    claim(db, 'ada', 10);
    const readByFourth = balanceOf(db, 'ada');
    expect(change(db, 'ada', readByThird - 30, 9)).toBe(false);
    expect(change(db, 'ada', readByFourth - 50, 10)).toBe(true);
    expect(balanceOf(db, 'ada')).toBe(0);
  });

  it('a row that is not there yet is claimed by the upsert, and not by an earlier holder', () => {
    const [, upsert] = /^```sql\n([^`]+)```$/m.exec(read('docs/fencing.md'))!;
    const claimed = [7, 7, 6, 8].map((fence) => db.run(upsert!, ['eve', fence]).changes);
    expect(claimed).toEqual([1, 1, 0, 1]);
  });

  it('tokens of today are exact as numbers in SQL and in Lua, down to the last digit', async () => {
    const token = Date.now() * 1_000 + 1;
    expect([store(db, 'ada', 1, token), store(db, 'ada', 2, token)]).toEqual([true, false]);
    expect(store(db, 'ada', 3, token + 1)).toBe(true);
    const [, script] = /const CLAIM = `([^`]+)`/.exec(read('examples/fencing-redis.ts'))!;
    const claimed: unknown[] = [];
    for (const fence of [token, token, token - 1, token + 1]) {
      claimed.push(await redis().command('EVAL', script!, '1', 'account:ada', String(fence)));
    }
    expect(claimed).toEqual([1, 1, 0, 1]);
    expect(await redis().command('HGET', 'account:ada', 'fence')).toBe(String(token + 1));
  });
});
