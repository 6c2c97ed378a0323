/** latchkey: distributed locks for Node services. Everything public is named here. */
export { WithLock } from './with-lock.js';
export type {
  LockDecorator,
  MethodFallbackOptions,
  MethodLockOptions,
  MethodSkipOptions,
} from './decorator.js';
export { createLocker } from './create-locker.js';
export type { Locker } from './locker.js';
export { setDefaultLocker } from './default-locker.js';
export type { Lock } from './lock.js';
export { currentLock } from './context.js';
export type {
  AdoptOptions,
  CloseOptions,
  FallbackOptions,
  GuardOptions,
  LockerOptions,
  LockOptions,
  SkipOptions,
  TryLockOptions,
} from './options.js';
export type {
  Guardable,
  KeyOf,
  Widened,
  WrapFallbackOptions,
  WrapOptions,
  WrapSkipOptions,
} from './guardable.js';
export type { LockKey } from './keys.js';
export type { Lockable } from './key-list.js';
export { LOCK_METADATA } from './metadata.js';
export type { LockSite, ReleaseOutcome } from './core/claim.js';
export type { ExtendOutcome } from './core/keeper.js';
export type { LockEvents } from './core/events.js';
export {
  isLockError,
  LockBackendError,
  LockClosedError,
  LockError,
  LockerMissingError,
  LockKeyError,
  LockLostError,
  LockQueueFullError,
  LockReentryError,
  LockTimeoutError,
} from './errors.js';
export type { LockErrorCode, LossReason } from './errors.js';
export { nodeRedis } from './adapters/node-redis.js';
export type {
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisPool,
  NodeRedisSentinel,
} from './adapters/node-redis-shapes.js';
export { ioredis } from './adapters/ioredis.js';
export type { IoredisClient, IoredisCluster, IoredisRedis } from './adapters/ioredis-client.js';
export { glide } from './adapters/glide.js';
export type { GlideOptions, ValkeyGlideClient } from './adapters/glide.js';
export type { ValkeyGlideSubscriber } from './adapters/glide-inbox.js';
export { memory } from './adapters/memory/memory.js';
export type { Keyspace, MemoryAdapter } from './adapters/memory/memory.js';
export { ClientClosedError } from './adapters/adapter.js';
export type { Adapter, Unsubscribe } from './adapters/adapter.js';
export type { Script } from './scripts/script.js';
