/** A defect that is put into the library on purpose, and the test that has to notice it. */
export interface Saboteur {
  /** In words-with-dashes. */
  readonly name: string;
  /** What is wrong with the library now, in one sentence. */
  readonly what: string;
  /** Below the root of the project: a TypeScript source or one of the Lua scripts. */
  readonly file: string;
  /** What stands in the file exactly once. */
  readonly find: string;
  /** What stands there instead. */
  readonly put: string;
  /** Below `__tests__`. */
  readonly suite: string;
  /** A part of the titles of those tests in the suite of which one has to fail; no others are run. */
  readonly test: string;
}

/** Whether the defect is in a script, and has to be written into the module with all scripts as well. */
export function isLua({ file }: Saboteur): boolean {
  return file.endsWith('.lua');
}
