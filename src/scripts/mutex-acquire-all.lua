-- mutex-acquire-all: take several locks when each of them is free and nobody has waited longer for it, or again when they are ours; else take none.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- and so on: four keys for each lock
-- ARGV[1] how many locks  ARGV[2] token  ARGV[3] ttl_ms  ARGV[4] who  ARGV[5] count of fencing tokens to reserve for each
-- ARGV[6] nonce of the call
-- Returns {nonce, reply}, and as reply {1, now_us, first_fencing_token, ...} when granted, with one fencing token for each lock; {0, index, ttl_left_ms, holder, now_us} when not: index is that of the first lock in the way, from 0, and the rest as mutex-acquire tells it.

--- include parts/mutex.lua

--- include parts/acquire.lua

--- include parts/acquire-all.lua

return answer(ARGV[6], acquire_all(1, tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])))
