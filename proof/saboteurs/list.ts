import { calls } from './defects/calls.js';
import { clients } from './defects/clients.js';
import { holding } from './defects/holding.js';
import { keys } from './defects/keys.js';
import { lease } from './defects/lease.js';
import { passingScripts } from './defects/passing-scripts.js';
import { quorum } from './defects/quorum.js';
import { releasing } from './defects/releasing.js';
import { scripts } from './defects/scripts.js';
import { telling } from './defects/telling.js';
import { waiting } from './defects/waiting.js';
import type { Saboteur } from './saboteur.js';

/** All of them, by what they spoil. */
export const saboteurs: readonly Saboteur[] = [
  ...lease,
  ...holding,
  ...waiting,
  ...releasing,
  ...quorum,
  ...keys,
  ...calls,
  ...clients,
  ...telling,
  ...scripts,
  ...passingScripts,
];
