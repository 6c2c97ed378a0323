-- mutex-acquire: take the lock when it is free and nobody has waited longer, or again when it is ours; else wait for it.
-- KEYS[1] lock (string: token, a space, who holds it)
-- KEYS[2] fence (string: the last fencing token that was given out)
-- KEYS[3] queue (sorted set: the token of who waits -> since when, us)
-- KEYS[4] waiters (hash: the token of who waits -> deadline_us ttl_ms count channel who)
-- ARGV[1] token  ARGV[2] ttl_ms  ARGV[3] who  ARGV[4] count of fencing tokens to reserve
-- ARGV[5] channel on which the token hears of its grant; '' does not wait in the queue
-- Returns {1, first_fencing_token, now_us} when granted; {0, ttl_left_ms, who, now_us} when not: ttl_left_ms is -1 without an expiry, who is '' for a value that is not of our making.
local lock, fence, queue, waiters = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, ttl, who, count, channel = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

-- How long a place in the queue is kept without a word from who waits there.
local PATIENCE_MS = 3000

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

--- include parts/pass.lua

-- The usual case first: the lock is free, and nobody waits for it.
if redis.call('SET', lock, token .. ' ' .. who, 'NX', 'PX', ttl) then
  local queued = redis.call('EXISTS', queue) == 1
  if not (queued and pass(token)) then
    local first, problem = reserve(count)
    if not first then
      redis.call('DEL', lock)
      return problem
    end
    if queued then
      leave(token)
    end
    return {1, first, now}
  end
end

local value = redis.call('GET', lock)
local mark = #token + 1

-- Our own token: a grant in the queue or to an earlier copy of this call, of which we have not heard.
-- The caller counts its lease from the copy that it has just sent, so the expiry starts again as well.
if string.sub(value, 1, mark) == token .. ' ' then
  local first, problem = reserve(count)
  if not first then
    return problem
  end
  redis.call('PEXPIRE', lock, ttl)
  return {1, first, now}
end

if channel ~= '' then
  local deadline = string.format('%.0f', now + PATIENCE_MS * 1000)
  redis.call('ZADD', queue, 'NX', string.format('%.0f', now), token)
  redis.call('HSET', waiters, token, table.concat({deadline, ttl, ARGV[4], channel, who}, ' '))
  redis.call('PEXPIRE', queue, PATIENCE_MS)
  redis.call('PEXPIRE', waiters, PATIENCE_MS)
end

-- Another holder's token must never leave the server: only what stands behind it does, and of a foreign value nothing.
local holder = ''
if string.sub(value, mark, mark) == ' ' and not string.find(string.sub(value, 1, mark - 1), '[^%w_-]') then
  holder = string.sub(value, mark + 1)
end
return {0, redis.call('PTTL', lock), holder, now}
