import type { Call } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { send } from './scripts.js';
import { AHEAD, type Command, type Key, KEYS, type Step } from './twin-commands.js';
import type { View, World } from './worlds.js';

/** How much time a step lets pass: the end of every key with the short ttl. */
export const STEP = 150;
/** Nobody has given out fencing tokens below it. */
const LOW = 1_000_000_000_000_000;

/** @param before - what lay at the step's lock */
function callOf(step: Step, before: View | undefined): Call<unknown> {
  const keys = KEYS[step.key];
  if (step.do === 'acquire') return mutex.acquire({ ...step, keys }, step.channel);
  if (step.do === 'extend') {
    const granted = Number(/^\S+ (\d+)/.exec(before?.lock ?? '')?.[1]);
    const fences = { any: Number.MAX_SAFE_INTEGER, 'as granted': granted, 'an earlier one': granted - 1 };
    return mutex.extend({ ...step, keys, who: '', sections: 1 }, step.ttl, fences[step.fence] || 0);
  }
  if (step.do === 'adopt') return mutex.adopt({ ...step, keys, sections: 1 }, step.from);
  return mutex.release({ ...step, keys });
}

/** Does one step. @returns the reply of a script, or the code of its error */
function take(
  world: World,
  step: Exclude<Command, { do: 'let time pass' }>,
  views: Partial<Record<Key, View>>,
): Promise<unknown> {
  const keys = KEYS[step.key];
  const before = views[step.key];
  const codeOf = (error: Error) => error.message.split(' ')[0];
  switch (step.do) {
    case 'acquire':
    case 'extend':
    case 'adopt':
    case 'release':
      return send(world.adapter, callOf(step, before)).catch(codeOf);
    case 'acquire all': {
      const [first, ...more] = step.order.map((key) => ({ ...step, keys: KEYS[key] }));
      return send(world.adapter, mutex.acquireAll([first!, ...more])).catch(codeOf);
    }
    case 'several steps':
      return send(world.adapter, mutex.join(step.steps.map((one) => callOf(one, views[one.key]))));
    case 'release as the holder': {
      const [token = ''] = before?.lock?.split(' ') ?? [];
      return send(world.adapter, mutex.release({ token, keys })).catch(codeOf);
    }
    case 'set':
      return world.set(keys[step.at], step.value, step.ttl).then(() => undefined);
    case 'set a hash':
      return world.setHash(keys[step.at]).then(() => undefined);
    case 'delete':
      return world.delete(keys[step.at]).then(() => undefined);
    case 'end the patience':
      return world.renote(keys, (note) => note.replace(/^\d+/, '1')).then(() => undefined);
    case 'spoil the notes':
      return world.renote(keys, () => 'spoilt').then(() => undefined);
  }
}

/** A fencing token in words that are the same in every world: as it is when far ahead, else by its distance to the clock. */
const fenceIn = (fence: number, now: number): string =>
  fence >= AHEAD ? `fence ${fence}` : `fence of now + ${fence - now}`;

/** `since_ms who`, or what stands at a lock, without what is another one in every world. */
const holderIn = (text: string): string =>
  text
    .replace(/(?<=^[^ ]* )\d{16}(?= \d{13} )/, (fence) => (Number(fence) >= AHEAD ? fence : 'fence'))
    .replace(/^([^ ]* [^ ]+ )?\d{13} /, '$1since ');

/** A reply in such words, without the ms that are left. */
function replyIn(reply: unknown, view: View): unknown {
  if (typeof reply === 'string') return reply.split(' ')[0];
  if (!Array.isArray(reply) || reply.length === 1) return reply;
  const [granted, second, third, fourth] = reply as [number, number, number | string, number];
  if (granted === 0)
    return ['busy', second === -1 ? 'for ever' : 'for some ms', holderIn(String(third)), typeof fourth];
  return ['granted', fenceIn(second, Number(third)), `${Number(view.fence) - second + 1} reserved`];
}

/** The same for several locks at once. */
function allIn(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  const [granted, second, ...more] = reply as [number, number, ...unknown[]];
  if (granted === 1) return ['all', ...more.map((fence) => fenceIn(Number(fence), second))];
  const [left, holder] = more;
  return ['none', `busy at ${second}`, left === -1 ? 'for ever' : 'for some ms', holderIn(String(holder))];
}

/** What lies at the keys, in such words. */
function viewIn({ lock, fence, waiting }: View, before: View | undefined, reply: unknown): unknown {
  const isOfClock = Number(fence) >= LOW && Number(fence) < AHEAD;
  const now = Array.isArray(reply) ? Number(reply.at(-1)) : 0;
  const noteIn = (note: string): string =>
    note.replace(/^\d{16}(?= )/, (deadline) => (Number(deadline) - now === 3_000_000 ? 'new' : 'older'));
  return {
    lock: lock && holderIn(lock),
    fence: isOfClock ? `of the clock, ${fence === before?.fence ? 'as before' : 'new'}` : fence,
    waiting: waiting.map(([token, note]) => [token, noteIn(note)]),
  };
}

const messageIn = ([channel, message]: [string, string]): string => {
  const grant = mutex.readGrant(message);
  if (grant === undefined) return `${channel} ${message}`;
  return `${channel} ${grant.token} ${grant.ttl} ${fenceIn(grant.fence, grant.at)}`;
};

/**
 * Does all of `commands`.
 *
 * @returns what came of it, in words that are the same in every world; the ms that were left of every key, which are
 *   not; and the longest time in ms that passed between two steps of time
 */
export async function play(world: World, commands: Command[]) {
  const story: unknown[] = [];
  const left: number[] = [];
  const views: Partial<Record<Key, View>> = {};
  let longest = 0;
  let since = performance.now();
  const noteTime = (): void => void (longest = Math.max(longest, performance.now() - since));
  for (const step of commands) {
    if (step.do === 'let time pass') {
      noteTime();
      await world.letPass(STEP);
      since = performance.now();
      continue;
    }
    const reply = await take(world, step, views);
    const all = step.do === 'acquire all';
    if (all) {
      story.push(allIn(reply));
      if (Array.isArray(reply) && reply.length === 5) left.push(Number(reply[2]));
    }
    const several = step.do === 'several steps';
    const replies = (several ? reply : all ? [] : [reply]) as unknown[];
    // All steps of one script have the same time.
    const timed = replies.find((one) => Array.isArray(one) && one.length > 1);
    for (const key of several || all ? (['a', 'b'] as const) : [step.key]) {
      const view = await world.view(KEYS[key]);
      const answers = replies.filter((_, i) => !several || step.steps[i]?.key === key);
      story.push([...answers.map((one) => replyIn(one, view)), viewIn(view, views[key], timed ?? reply)]);
      left.push(...view.left);
      views[key] = view;
    }
    for (const one of replies) if (Array.isArray(one) && one.length === 4) left.push(Number(one[1]));
  }
  noteTime();
  story.push((await world.heard()).map(messageIn));
  return { story, left, longest };
}
