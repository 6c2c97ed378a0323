-- mutex-release: give the lock back if it is still ours, to whoever has waited longest, and wait for it no more.
-- KEYS[1] lock (string: token, a space, who holds it)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token
-- Returns {1} when released, {0} when it was not ours any more.
local lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token = ARGV[1]

local now

--- include parts/pass.lua

local queued = redis.call('EXISTS', queue) == 1
if queued then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
  leave(token)
end

-- The space belongs to the comparison: a token that is only the beginning of another one is not the same token.
local value = redis.call('GET', lock)
if not value or string.sub(value, 1, #token + 1) ~= token .. ' ' then
  return {0}
end
if not (queued and pass('')) then
  redis.call('DEL', lock)
end
return {1}
