/** A place in a {@link Queue}. */
export interface Place<Value> {
  readonly value: Value;
  previous: Place<Value> | undefined;
  next: Place<Value> | undefined;
  /** Whether it is still in the queue. */
  taken: boolean;
}

/**
 * First in, first out, and out of the middle as fast as from the front.
 *
 * Not an array, which would be searched, nor a Map or a Set, whose first entry is searched behind all that were taken away
 * and which, where things come and go, keep the collector busy: a table that was replaced by another one points to it, so
 * whatever is in the present table outlives the fast collections as long as an old one is not collected.
 */
export class Queue<Value> {
  #first: Place<Value> | undefined;
  #last: Place<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Place<Value> | undefined {
    return this.#first;
  }

  push(value: Value): Place<Value> {
    const place: Place<Value> = { value, previous: this.#last, next: undefined, taken: true };
    if (this.#last === undefined) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    this.#size++;
    return place;
  }

  /** Takes a place out; does nothing when it is out already. */
  remove(place: Place<Value>): void {
    if (!place.taken) return;
    place.taken = false;
    const { previous, next } = place;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // What is out leads nowhere: else one of them that lives long would keep those that came after it.
    place.previous = place.next = undefined;
    this.#size--;
  }

  /** Its values, from the first one on. Whoever goes through them takes none out meanwhile. */
  *[Symbol.iterator](): Generator<Value, void> {
    for (let place = this.#first; place !== undefined; place = place.next) yield place.value;
  }
}
