-- mutex-release: give the lock back if it is still ours, to whoever has waited longest, and wait for it no more.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token
-- ARGV[2] nonce of the call
-- Returns {nonce, reply}, and as reply {1} when released, {0} when it was not ours any more.

--- include parts/mutex.lua

--- include parts/release.lua

lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
return answer(ARGV[2], release(ARGV[1]))
