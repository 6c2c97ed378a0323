import { FaultProxy } from '../../proof/rig/proxy.js';

export { cut, delay, garbage, pass, slow, swallow } from '../../proof/rig/link-faults.js';
export type { FaultProxy } from '../../proof/rig/proxy.js';

const running = new Set<FaultProxy>();

// Registered by the import: whatever a test file starts is stopped at its end.
afterAll(async () => {
  await Promise.all([...running].map((proxy) => proxy.close()));
});

/** Starts a proxy before the server at `target` on 127.0.0.1; it is closed at the end of the test file. */
export async function startProxy(target: number, random: () => number = Math.random): Promise<FaultProxy> {
  const proxy = new FaultProxy(target, random);
  await proxy.listen();
  running.add(proxy);
  return proxy;
}
