-- mutex-raise: let no later grant of the lock have a fencing token that is not above one that another server has given out.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token  ARGV[2] last fencing token of the grant
-- ARGV[3] nonce of the call
-- Returns {nonce, reply}, and as reply {1} when it is known now, {0} when the lock was not ours any more.

--- include parts/mutex.lua

--- include parts/raise.lua

lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
return answer(ARGV[3], raise(ARGV[1], ARGV[2]))
