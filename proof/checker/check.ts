import { type Claim, claimsOf, deaths, type Violation } from './claims.js';
import { contained } from './checks/contained.js';
import { disjoint } from './checks/disjoint.js';
import { fences } from './checks/fences.js';
import { foreign } from './checks/foreign.js';
import { lasting } from './checks/lasting.js';
import { left } from './checks/left.js';
import { linearizable } from './checks/linearizable.js';
import { once } from './checks/once.js';
import { own } from './checks/own.js';
import { prompt } from './checks/prompt.js';
import { recovered } from './checks/recovered.js';
import { said } from './checks/said.js';
import { settled } from './checks/settled.js';
import { success } from './checks/success.js';
import { told } from './checks/told.js';
import { turns } from './checks/turns.js';
import { whole } from './checks/whole.js';
import { witness } from './checks/witness.js';
import { writes } from './checks/writes.js';
import type { Event } from './history.js';
import { Stillness } from './stillness.js';
import { Truth } from './truth.js';

/** A history, in its order, and what is known of it. */
export interface Judged {
  readonly events: readonly Event[];
  readonly claims: readonly Claim[];
  readonly truth: Truth;
  readonly stillness: Stillness;
  /** The same, but for the work of a process that kept all its others from going on. */
  readonly halts: Stillness;
  /** When a process was dead, in ms; Infinity for one that lives. */
  readonly deathOf: (process: string) => number;
}

/** What became of a history. */
export interface Verdict {
  readonly valid: boolean;
  readonly violations: readonly Violation[];
  readonly events: number;
  readonly claims: number;
  /** Writes that came late and were refused: without any, nothing was tested of fencing. */
  readonly refused: number;
  /** Claims that outlived a lock that an operator, or a loss of data, had taken away. */
  readonly outlived: number;
  /** Longest time from there to the end of such a claim, in ms. */
  readonly longestOutlived: number;
}

const CHECKS = [
  ...[disjoint, contained, witness, fences, linearizable, foreign],
  ...[writes, once, told, said, success, own, settled],
  ...[turns, whole, lasting, prompt, recovered, left],
];

/** Runs every check over the events of all processes, in any order. */
export function check(history: readonly Event[]): { readonly verdict: Verdict; readonly judged: Judged } {
  // Stable: what a file tells in one moment stays in its order.
  const events = [...history].sort((a, b) => a.at - b.at);
  const claims = claimsOf(events);
  const truth = new Truth(events);
  const halts = new Stillness(events.filter((event) => event.type !== 'stood' || event.to === undefined));
  const stillness = new Stillness(events);
  const judged = { events, claims, truth, stillness, halts, deathOf: deaths(events) };
  const violations = CHECKS.flatMap((one) => one(judged)).sort((a, b) => a.at - b.at);
  const late = claims.flatMap((claim) => {
    const robbed = truth.ownershipOf(claim)?.robbed ?? Infinity;
    return claim.to > robbed ? [claim.to - robbed] : [];
  });
  const verdict = {
    valid: violations.length === 0,
    violations,
    events: events.length,
    claims: claims.length,
    refused: events.filter((event) => event.type === 'write' && !event.accepted).length,
    outlived: late.length,
    longestOutlived: late.reduce((a, b) => Math.max(a, b), 0),
  };
  return { verdict, judged };
}
