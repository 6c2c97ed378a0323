/** How do I keep a late holder from spoiling a row? Its fencing token goes into the statement that writes. */
import { fileURLToPath } from 'node:url';

import { createLocker, type Lock, type Locker, nodeRedis } from 'latchkey';
import sqlite from 'node-sqlite3-wasm';
import { createClient } from 'redis';

type Database = sqlite.Database;

/** Stands for the database that all processes share. */
export function openAccounts(): Database {
  const db = new sqlite.Database();
  db.exec(
    'CREATE TABLE account (id TEXT PRIMARY KEY, balance BIGINT NOT NULL, fence BIGINT NOT NULL DEFAULT 0)',
  );
  db.run('INSERT INTO account (id, balance) VALUES (?, ?)', ['ada', 100]);
  return db;
}

/** The one write of a section that has read nothing. @returns false when a later holder has been there */
export function store(db: Database, id: string, balance: number, fence: number): boolean {
  const { changes } = db.run('UPDATE account SET balance = ?, fence = ? WHERE id = ? AND fence < ?', [
    balance,
    fence,
    id,
    fence,
  ]);
  return changes === 1;
}

/** Before a section reads: from now on no earlier holder can write. @returns false when a later one has been there */
export function claim(db: Database, id: string, fence: number): boolean {
  const { changes } = db.run('UPDATE account SET fence = ? WHERE id = ? AND fence <= ?', [fence, id, fence]);
  return changes === 1;
}

/** Any write after the claim. @returns false when a later holder has claimed the row */
export function change(db: Database, id: string, balance: number, fence: number): boolean {
  const { changes } = db.run('UPDATE account SET balance = ? WHERE id = ? AND fence = ?', [
    balance,
    id,
    fence,
  ]);
  return changes === 1;
}

/** What the account has. */
export function balanceOf(db: Database, id: string): number {
  return Number(db.get('SELECT balance FROM account WHERE id = ?', id)?.['balance']);
}

type Section = (lock: Lock, pause?: () => Promise<void>) => Promise<boolean>;

/** Two holders of one lock: the first is paused until the second, who gets the lock when it expires, is done. */
async function race(locker: Locker, first: Section, second: Section, print: (line: string) => void) {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));

  const late = locker.withLock(
    'account:ada',
    async (lock) => {
      const written = await first(lock, async () => {
        // As if the process stood still. That happens anywhere, also right after a look at lock.held.
        print(`  first: lock.held is ${lock.held}, but now it is paused`);
        await woken;
      });
      print(`  first: lock.held is ${lock.held}, write ${written ? 'accepted' : 'refused as stale'}`);
    },
    // Else the call would reject, since the lock was lost. What counts here is what the database says.
    { onLost: 'abort' },
  );
  await locker.withLock('account:ada', async (lock) => {
    const written = await second(lock);
    print(`  second: lock.held is ${lock.held}, write ${written ? 'accepted' : 'refused as stale'}`);
  });
  wake();
  await late;
}

/** A test puts writes here that do not check. */
export async function main(
  url: string,
  print: (line: string) => void = console.log,
  writes = { store, change },
) {
  const client = createClient({ url });
  client.on('error', console.error);
  await client.connect();
  // Not extended: the holder that pauses here stands for one whose whole process does.
  const locker = createLocker(nodeRedis(client), { ttl: 200, extend: false });
  const db = openAccounts();

  const set = (balance: number): Section => {
    return async (lock, pause) => {
      await pause?.();
      return writes.store(db, 'ada', balance, lock.fencingToken);
    };
  };
  print('set the balance to 110 and then to 120:');
  await race(locker, set(110), set(120), print);
  print(`  balance: ${balanceOf(db, 'ada')}`);

  const withdraw = (amount: number): Section => {
    return async (lock, pause) => {
      if (!claim(db, 'ada', lock.fencingToken)) return false;
      const balance = balanceOf(db, 'ada');
      await pause?.();
      return writes.change(db, 'ada', balance - amount, lock.fencingToken);
    };
  };
  print('withdraw 30 and 50:');
  await race(locker, withdraw(30), withdraw(50), print);
  print(`  balance: ${balanceOf(db, 'ada')}`);

  db.close();
  await locker.close();
  await client.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void main(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379');
}
