/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- only the compiler has a use for them */

/** Whether X and Y are the same type, and not just assignable to each other: `any` equals nothing but `any`. */
export type Equal<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;

/** Does not compile unless its type argument is `true`. */
export function assert<_Proof extends true>(): void {}
