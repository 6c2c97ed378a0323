/** The virtual world that users get with latchkey/testing is the one that our own tests use. */
export { settle, VirtualEnvironment } from '../../src/testing/virtual-environment.js';
