import { Heap, type Timed } from './heap.js';

/** Whose event it is: one who stands still gets it later, one who is dead never. */
export interface Owner {
  alive: boolean;
  /** Virtual ms. */
  pausedUntil: number;
}

interface Event extends Timed {
  readonly fire: () => void;
  readonly owner: Owner | undefined;
  cancelled: boolean;
}

const done = Promise.resolve();

/** Virtual time: events, one after the other, each with all the microtasks that it sets off. */
export class World {
  /** Virtual ms since the beginning. */
  now = 0;
  /** How many events have happened. */
  events = 0;
  readonly #heap = new Heap<Event>();
  readonly #afterTurn: { readonly fire: () => void; readonly owner: Owner }[] = [];
  #order = 0;

  constructor(readonly random: () => number) {}

  /** @returns takes the event back */
  at(time: number, fire: () => void, owner?: Owner): () => void {
    const event: Event = {
      time: Math.max(time, this.now),
      order: ++this.#order,
      fire,
      owner,
      cancelled: false,
    };
    this.#heap.push(event);
    return () => void (event.cancelled = true);
  }

  after(ms: number, owner?: Owner): Promise<void> {
    return new Promise((resolve) => void this.at(this.now + ms, resolve, owner));
  }

  /** Before the next event, behind the microtasks of this one. */
  afterTurn(fire: () => void, owner: Owner): void {
    this.#afterTurn.push({ fire, owner });
  }

  /**
   * Lets events happen until `end`, or until `isOver`.
   *
   * A tick of Node's begins when all microtasks are done. A microtask asks for the next tick, because one that a tick asks for
   * would come before them. So an event costs no turn of the real loop.
   */
  run(end: number, isOver: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (isOver() || !this.#advance(end)) {
            resolve();
            return;
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        void done.then(next);
      };
      const next = (): void => process.nextTick(step);
      void done.then(next);
    });
  }

  #advance(end: number): boolean {
    const turn = this.#afterTurn.shift();
    if (turn !== undefined) {
      if (turn.owner.alive) turn.fire();
      return true;
    }
    for (;;) {
      const event = this.#heap.first;
      if (event === undefined || event.time > end) {
        this.now = end;
        return false;
      }
      this.#heap.pop();
      const { owner } = event;
      if (event.cancelled || owner?.alive === false) continue;
      if (owner !== undefined && owner.pausedUntil > event.time) {
        this.#defer(event, owner.pausedUntil);
        continue;
      }
      this.now = event.time;
      this.events++;
      event.fire();
      return true;
    }
  }

  /** Keeps the object: whoever may cancel it has that one. */
  #defer(event: Event, time: number): void {
    Object.assign(event, { time, order: ++this.#order });
    this.#heap.push(event);
  }
}
