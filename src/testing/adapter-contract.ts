import type { AdapterCheck } from './adapter-check.js';
import { lockChecks } from './lock-checks.js';
import { messageChecks } from './message-checks.js';
import { replyChecks } from './reply-checks.js';

/**
 * What every adapter must do, for whoever writes one: each check is a test of its own, for any test runner. They need a real server,
 * on which they leave nothing but, for a day, fencing tokens of keys that nobody else has.
 *
 * @example
 * for (const check of adapterContract) test(check.name, () => check.run(() => myAdapter(client)));
 */
export const adapterContract: readonly AdapterCheck[] = [...replyChecks, ...messageChecks, ...lockChecks];
