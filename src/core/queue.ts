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
 * Not an array, which would be searched, nor a Map, whose first entry is searched behind all that were taken away.
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
    this.#size--;
  }
}
