-- mutex-steps: do several steps, each for a lock of its own, one after the other.
-- KEYS[1] lock (string: token fence since_ms who: who holds it, with which fencing token at first, and since when)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- and so on: four keys for each step, and for each lock of a step that takes several
-- ARGV[1] the name of the first step's script  ARGV[2] and on, the arguments of that script
-- and so on: a name and arguments for each step; the last one is the nonce of the call
-- Returns {nonce, {reply, ...}}: for each step what its script returns, or the text of the error that it has ended with.

--- include parts/mutex.lua

--- include parts/acquire.lua

--- include parts/acquire-all.lua

--- include parts/release.lua

--- include parts/extend.lua

--- include parts/adopt.lua

local replies = {}
local at, place = 1, 1
while place <= #KEYS / 4 do
  turn_to(place)
  local last = place
  local _, reply
  if ARGV[at] == 'mutex-acquire' then
    local token, ttl, who, count, channel = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4]), ARGV[at + 5]
    _, reply = pcall(acquire, token, ttl, who, count, channel)
    at = at + 6
  elseif ARGV[at] == 'mutex-acquire-all' then
    last = place + tonumber(ARGV[at + 1]) - 1
    local token, ttl, who, count = ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], tonumber(ARGV[at + 5])
    _, reply = pcall(acquire_all, place, last, token, ttl, who, count)
    at = at + 6
  elseif ARGV[at] == 'mutex-extend' then
    _, reply = pcall(extend, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
    at = at + 4
  elseif ARGV[at] == 'mutex-adopt' then
    _, reply = pcall(adopt, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
    at = at + 5
  else
    _, reply = pcall(release, ARGV[at + 1])
    at = at + 2
  end
  -- One step's error is no reason not to do the others.
  local problem = type(reply) == 'table' and reply.err
  replies[#replies + 1] = problem and string.gsub(problem, '^%-', '') or reply
  place = last + 1
end
return answer(ARGV[#ARGV], replies)
