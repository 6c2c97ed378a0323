/** latchkey/testing: what tests of code with locks need. Everything public is named here. */
export { adapterContract } from './adapter-contract.js';
export type { AdapterCheck } from './adapter-check.js';
export type { MakeAdapter } from './probe.js';
export { testWorld } from './world.js';
export type { TestWorld } from './world.js';
export type { VirtualRedis } from './virtual-redis.js';
