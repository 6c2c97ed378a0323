/** latchkey/testing: what tests of code with locks need. Everything public is named here. */
export { testWorld } from './world.js';
export type { TestWorld } from './world.js';
export type { VirtualRedis } from './virtual-redis.js';
