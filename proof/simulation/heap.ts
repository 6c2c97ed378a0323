/** What waits for its time. */
export interface Timed {
  readonly time: number;
  /** Of two with the same time, the lower one is first. */
  readonly order: number;
}

/** A binary heap: the earliest is on top. */
export class Heap<Item extends Timed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (isBefore(items[above]!, item)) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  /** @returns the earliest, taken out; undefined when there is none */
  pop(): Item | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && isBefore(items[below + 1]!, items[below]!)) below++;
      if (isBefore(last, items[below]!)) break;
      items[at] = items[below]!;
      at = below;
    }
    items[at] = last;
    return top;
  }
}

function isBefore(one: Timed, other: Timed): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
