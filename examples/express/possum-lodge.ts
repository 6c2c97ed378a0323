import { WithLock } from 'latchkey';

import type { Member, MemberParams, Members } from './members.js';

/** Each phone number can belong to one member only. */
export class AlreadyMemberError extends Error {
  override readonly name = 'AlreadyMemberError';
}

/** Something slow that has to be done before somebody can join, such as asking another service about them. */
export type Inquiry = (p: MemberParams) => Promise<void>;

/** The service, with the lock: of all calls for one phone number, in all processes, one runs at a time. */
export class PossumLodge {
  readonly #members: Members;
  readonly #inquire: Inquiry;

  constructor(members: Members, inquire: Inquiry) {
    this.#members = members;
    this.#inquire = inquire;
  }

  @WithLock((p: MemberParams) => p.phoneNumber)
  async addMember(p: MemberParams): Promise<Member> {
    return this.admit(p);
  }

  /**
   * Reads, works a moment, then writes. Two calls at once would both find the number free before either has stored it;
   * no order of these three lines helps against that.
   */
  protected async admit(p: MemberParams): Promise<Member> {
    if (await this.#members.isTaken(p.phoneNumber)) {
      throw new AlreadyMemberError(`${p.phoneNumber} is already a member`);
    }
    await this.#inquire(p);
    const member = { ...p, joinedAt: new Date().toISOString() };
    await this.#members.add(member);
    return member;
  }
}

/** The same service without the decorator, to see what goes wrong. */
export class PossumLodgeWithoutLock extends PossumLodge {
  override async addMember(p: MemberParams): Promise<Member> {
    return this.admit(p);
  }
}
