/**
 * One atomic step on the server, written in Lua in the `.lua` file of the same name.
 *
 * Scripts are constants: a key or a value reaches them only through KEYS and ARGV, never as Lua text.
 */
export interface Script {
  /** File name without `.lua`; what the in-memory adapter and error messages call the step. */
  readonly name: string;
  /** How many KEYS the step takes; of a script of several steps, each of them. */
  readonly keys: number;
  /** The Lua text, byte for byte what {@link Script.sha1} was taken from. */
  readonly source: string;
  /** Hexadecimal SHA-1 of the source: the name under which EVALSHA finds it. */
  readonly sha1: string;
}
