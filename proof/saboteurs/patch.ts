import type { Saboteur } from './saboteur.js';

/** A saboteur that does not fit the sources any more, so that nothing can be said about it. */
export class StaleSaboteurError extends Error {
  override readonly name = 'StaleSaboteurError';
}

/**
 * The text of a file with the defect in it.
 *
 * @throws {StaleSaboteurError} what is to be replaced does not stand there exactly once, or is replaced by itself
 */
export function sabotage(
  text: string,
  { name, file, find, put }: Pick<Saboteur, 'name' | 'file' | 'find' | 'put'>,
): string {
  const places = find === '' ? 0 : text.split(find).length - 1;
  if (places !== 1) {
    throw new StaleSaboteurError(
      `${name}: what it replaces must stand exactly once in ${file}, not ${places} times: ${JSON.stringify(find)}`,
    );
  }
  if (find === put) throw new StaleSaboteurError(`${name}: it replaces something in ${file} by itself`);
  // A function, since a text may have `$&` in it.
  return text.replace(find, () => put);
}
