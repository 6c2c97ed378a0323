import type { Adapter, Unsubscribe } from '../../src/index.js';
import { eventually } from './pause.js';

/** Subscribes for one case: what it leaves open, also by failing, is ended behind it. */
export function useSubscriptions() {
  const stops: Unsubscribe[] = [];
  afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));
  return async (
    adapter: Adapter,
    channel: string,
    listener: (message: string) => void,
  ): Promise<Unsubscribe> => {
    const stop = await adapter.subscribe(channel, listener);
    stops.push(stop);
    return stop;
  };
}

/** A word that is sent behind everything else: whoever has heard it has heard all. */
const END = 'that was all';

/**
 * Listens to channels for one case.
 *
 * @returns what was sent to them until then, as `[channel, message]`
 */
export function useEars() {
  const subscribe = useSubscriptions();
  return async (
    adapter: Adapter,
    publish: (channel: string, message: string) => unknown,
    channels: string[],
  ) => {
    const heard: [channel: string, message: string][] = [];
    for (const channel of channels) {
      await subscribe(adapter, channel, (message) => heard.push([channel, message]));
    }
    return async (): Promise<[channel: string, message: string][]> => {
      const ended = () => heard.filter(([, message]) => message === END).length;
      const before = ended();
      for (const channel of channels) await publish(channel, END);
      await eventually(ended, before + channels.length);
      return heard.filter(([, message]) => message !== END);
    };
  };
}
