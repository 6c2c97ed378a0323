-- mutex-adopt: make a lock that its holder has handed over that of another token.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token  ARGV[2] ttl_ms  ARGV[3] who  ARGV[4] the new owner's token
-- ARGV[5] nonce of the call
-- Returns {nonce, reply}, and as reply {1, fencing_token, now_us} when it is the new owner's; {0} when it was the token's no more.

--- include parts/mutex.lua

--- include parts/adopt.lua

lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
return answer(ARGV[5], adopt(ARGV[1], ARGV[2], ARGV[3], ARGV[4]))
