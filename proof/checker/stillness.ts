import type { Event } from './history.js';

/** When processes stood still: because they were stopped, or by their own account. */
export class Stillness {
  readonly #spans = new Map<string, [from: number, to: number][]>();

  constructor(events: readonly Event[]) {
    const stopped = new Map<string, number>();
    for (const { type, process, at, ...event } of events) {
      if (type === 'stopped') stopped.set(process, at);
      if (type === 'resumed' || type === 'killed') this.#add(process, stopped.get(process) ?? at, at);
      if (type === 'stood') {
        const { since = at, to = at } = event as { since?: number; to?: number };
        this.#add(process, since, to);
      }
    }
    for (const spans of this.#spans.values()) spans.sort((a, b) => a[0] - b[0]);
  }

  /** For how many ms a process stood still between two moments; what is told twice counts once. */
  between(process: string, from: number, to: number): number {
    let [sum, last] = [0, from];
    for (const [start, end] of this.#spans.get(process) ?? []) {
      const begin = Math.max(start, last);
      const finish = Math.min(end, to);
      if (finish <= begin) continue;
      sum += finish - begin;
      last = finish;
    }
    return sum;
  }

  #add(process: string, from: number, to: number): void {
    const spans = this.#spans.get(process);
    if (spans === undefined) this.#spans.set(process, [[from, to]]);
    else spans.push([from, to]);
  }
}
