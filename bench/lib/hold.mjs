/**
 * Takes a lock and holds it from beside the caller, so that what the caller starts is not called from inside: a library whose
 * locks are reentrant would let that in.
 *
 * @returns a function that gives the lock back
 */
export async function hold(subject, key) {
  let giveBack;
  const over = new Promise((resolve) => (giveBack = resolve));
  let holder;
  await new Promise((taken, failed) => {
    holder = subject.withLock(key, async () => {
      taken();
      await over;
    });
    holder.catch(failed);
  });
  return () => {
    giveBack();
    return holder;
  };
}
