import type { Redis } from './redis.js';

/** What somebody who wants to become a member tells about themselves. */
export interface MemberParams {
  readonly phoneNumber: string;
  readonly name: string;
}

export interface Member extends MemberParams {
  readonly joinedAt: string;
}

/**
 * The members of the lodge, in Redis, so that every process of the service sees the same ones.
 *
 * Deliberately a list without any uniqueness constraint: like many a table or remote system, it takes a second member
 * with the same phone number as gladly as the first.
 */
export class Members {
  readonly #client: Redis;
  readonly #key: string;

  constructor(client: Redis, key: string) {
    this.#client = client;
    this.#key = key;
  }

  async add(member: Member): Promise<void> {
    await this.#client.rPush(this.#key, JSON.stringify(member));
  }

  async all(): Promise<Member[]> {
    const members = await this.#client.lRange(this.#key, 0, -1);
    return members.map((json) => JSON.parse(json) as Member);
  }

  async isTaken(phoneNumber: string): Promise<boolean> {
    return (await this.all()).some((member) => member.phoneNumber === phoneNumber);
  }
}
