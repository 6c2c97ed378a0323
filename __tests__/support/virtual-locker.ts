import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, type Locker, type LockerOptions, memory } from '../../src/index.js';
import { VirtualEnvironment } from './virtual-environment.js';

/** A locker in a world whose time passes when the test says so, and what it tells of locks that are lost and released. */
export function virtualLocker(options: LockerOptions = {}) {
  const environment = new VirtualEnvironment();
  const adapter = memory({ now: () => environment.wall });
  const locker: Locker = new EngineLocker(adapter, { ttl: 6_000, ...options }, environment);
  const told: string[] = [];
  locker.on('lost', ({ reason }) => told.push(`lost: ${reason}`));
  locker.on('released', ({ outcome }) => told.push(`released: ${outcome}`));
  return { environment, adapter, locker, told };
}

/** Keeps calls of one script from being done. @returns lets the last one go */
export function holdBack(adapter: Adapter, name: string): () => void {
  const { run } = adapter;
  let letGo: (() => void) | undefined;
  adapter.run = async (script, keys, args) => {
    if (script.name === name) await new Promise<void>((resolve) => (letGo = resolve));
    return run(script, keys, args);
  };
  return () => letGo?.();
}

/** A world for another program, whose tokens are none of those that {@link VirtualEnvironment} gives to the first one. */
export function otherEnvironment(): VirtualEnvironment {
  let tokens = 0;
  const newToken = (): string => `other-${++tokens}`.padEnd(27, '_');
  return Object.assign(new VirtualEnvironment(), { newToken });
}
