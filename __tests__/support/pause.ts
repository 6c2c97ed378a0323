/** Lets `ms` pass for real. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks again until the answer is what is wanted; rejects with the last one after `within` ms. */
export async function eventually<Answer>(
  ask: () => Answer | Promise<Answer>,
  wanted: Answer,
  within = 5_000,
): Promise<void> {
  const end = performance.now() + within;
  let answer = await ask();
  while (answer !== wanted && performance.now() < end) {
    await pause(5);
    answer = await ask();
  }
  expect(answer).toBe(wanted);
}
