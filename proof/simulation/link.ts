import type { Adapter, Unsubscribe } from '../../src/adapters/adapter.js';
import type { Script } from '../../src/scripts/script.js';
import type { SimulatedProcess } from './process.js';
import type { SimulatedServer } from './server.js';
import type { Weather } from './weather.js';

/** One client of one server. What travels one way arrives in order, messages too, as on one connection each. */
export class Link implements Adapter {
  readonly joins = true;
  /** Virtual ms: until then nothing arrives in either direction, and nobody is told. */
  deafUntil = 0;
  readonly #arrivals = { there: 0, back: 0, messages: 0 };

  constructor(
    readonly process: SimulatedProcess,
    readonly server: SimulatedServer,
    readonly weather: Weather,
  ) {}

  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const { process, server, weather } = this;
    const { world } = process;
    return new Promise((resolve, reject) => {
      if (!process.alive) return;
      const arrival = this.#arrival('there');
      if (weather.hits('request-lost') || this.#isDeaf) {
        if (world.random() < 0.3) world.at(arrival, () => reject(broken()), process);
        return;
      }
      world.at(arrival, () => {
        weather.trace.note(world.now, script.name, process.id);
        let answer: () => void;
        try {
          if (weather.hits('error-reply')) throw new Error(weather.error());
          const reply = server.execute(script.name, keys, args);
          answer = () => resolve(reply);
        } catch (error) {
          const failure = error instanceof Error ? error : new Error(String(error));
          answer = () => reject(failure);
        }
        const back = this.#arrival('back');
        if (weather.hits('reply-lost') || this.#isDeaf) {
          if (world.random() < 0.3) world.at(back, () => reject(broken()), process);
          return;
        }
        world.at(back, answer, process);
      });
    });
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<Unsubscribe> {
    const { process, server, weather } = this;
    const { world } = process;
    let stop: (() => void) | undefined;
    let wanted = true;
    const hear = (message: string): void => {
      if (weather.hits('message-lost') || this.#isDeaf) return;
      world.at(this.#arrival('messages'), () => wanted && listener(message), process);
      if (weather.hits('message-doubled'))
        world.at(world.now + world.random() * 1_500, () => wanted && listener(message), process);
    };
    const open = (): void => {
      stop?.();
      if (wanted && process.alive) stop = server.keyspace.subscribe(channel, hear);
    };
    const reopen = (): void => {
      stop?.();
      stop = undefined;
      world.at(world.now + world.random() * 200, open);
    };
    await world.after(this.#latency());
    open();
    weather.forgers.add(hear);
    server.onBreak.add(reopen);
    await world.after(this.#latency(), process);
    return async () => {
      wanted = false;
      await world.after(this.#latency());
      stop?.();
      weather.forgers.delete(hear);
      server.onBreak.delete(reopen);
    };
  }

  get #isDeaf(): boolean {
    return this.process.world.now < this.deafUntil;
  }

  #latency(): number {
    const { world } = this.process;
    return this.weather.hits('delay') ? world.random() * 1_500 : 0.1 + world.random() * 5;
  }

  #arrival(way: 'there' | 'back' | 'messages'): number {
    const at = Math.max(this.#arrivals[way], this.process.world.now + this.#latency());
    return (this.#arrivals[way] = at);
  }
}

function broken(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}
