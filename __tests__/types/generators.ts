import { type Locker, WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

export class Pages {
  @WithLock((account: string) => account)
  async *generator(account: string): AsyncGenerator<number> {
    yield account.length;
  }

  @WithLock((account) => {
    assert<Equal<typeof account, string>>();
    return account;
  })
  async *twoWay(account: string, from: number): AsyncGenerator<number, string, boolean> {
    const more = yield from;
    return more ? account : '';
  }

  @WithLock((account) => account)
  async *iterable(account: string): AsyncIterable<number> {
    yield account.length;
  }

  @WithLock((account) => account)
  async *iterableIterator(account: string): AsyncIterableIterator<number> {
    yield account.length;
  }

  @WithLock((account) => account)
  async *undeclared(account: string) {
    yield account.length;
  }

  @WithLock((account) => account)
  static async *onTheClass(account: string): AsyncGenerator<number> {
    yield account.length;
  }
}

declare const pages: Pages;
assert<Equal<Pages['twoWay'], (account: string, from: number) => AsyncGenerator<number, string, boolean>>>();
assert<Equal<Pages['iterable'], (account: string) => AsyncIterable<number>>>();
assert<Equal<ReturnType<Pages['undeclared']>, AsyncGenerator<number, void, unknown>>>();

export async function consume(locker: Locker): Promise<void> {
  for await (const page of pages.generator('a')) assert<Equal<typeof page, number>>();
  const step = await pages.twoWay('a', 1).next(true);
  assert<Equal<typeof step, IteratorResult<number, string>>>();

  const walk = locker.wrap(
    (account) => account,
    async function* (account: string): AsyncGenerator<number, string> {
      yield account.length;
      return account;
    },
  );
  assert<Equal<typeof walk, (account: string) => AsyncGenerator<number, string>>>();
}
