-- mutex-acquire: take the lock when it is free and nobody has waited longer, or again when it is ours; else wait for it.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token  ARGV[2] ttl_ms  ARGV[3] who  ARGV[4] count of fencing tokens to reserve
-- ARGV[5] channel on which the token hears of its grant; '' does not wait in the queue
-- ARGV[6] nonce of the call
-- Returns {nonce, reply}, and as reply {1, first_fencing_token, now_us} when granted; {0, ttl_left_ms, holder, now_us} when not: ttl_left_ms is -1 without an expiry, holder is since_ms and who, '' for a value that is not of our making.

--- include parts/mutex.lua

--- include parts/acquire.lua

lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
return answer(ARGV[6], acquire(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]))
