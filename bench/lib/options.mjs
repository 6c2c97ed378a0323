import { parseArgs } from 'node:util';

const list = (text) => text?.split(',').filter(Boolean);

/** What the command line asks for. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      subjects: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const rounds = values.smoke ? 1 : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be 1 or more, not ${values.rounds}`);
  return {
    rounds,
    only: list(values.only),
    subjects: list(values.subjects),
    smoke: values.smoke,
    out: values.out,
  };
}
