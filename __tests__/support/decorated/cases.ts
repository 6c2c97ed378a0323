import { callCases } from './calls.js';
import { type Flavour, newWorlds } from './flavour.js';
import { generatorCases } from './generators.js';
import { keyCases } from './keys.js';
import { lockerCases } from './lockers.js';
import { optionCases } from './options.js';
import { shapeCases } from './shapes.js';
import { waitingCases } from './waiting.js';

/** Everything that holds for decorated methods, whichever flavour of decorators made them. */
export function decoratedCases(flavour: Flavour): void {
  const world = newWorlds();
  callCases(flavour, world);
  lockerCases(flavour, world);
  waitingCases(flavour, world);
  keyCases(flavour, world);
  generatorCases(flavour, world);
  shapeCases(flavour, world);
  optionCases(flavour, world);
}
