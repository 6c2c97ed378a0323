-- What a step of a lock works with: its keys, and the server's time in us.
local lock, fence, queue, waiters, now

-- Reads the time, which is the same throughout a script.
local function look_at_clock()
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
  end
end

-- The reply to the call that has sent `nonce`: by it, the caller tells it from the replies to other calls.
local function answer(nonce, reply)
  if reply.err then
    return reply
  end
  return {nonce, reply}
end

-- What lies at a lock that has become the property of `token` with the fencing token `first`.
local function value_of(token, who, first)
  return token .. string.format(' %.0f %.0f ', first, math.floor(now / 1000)) .. who
end

-- What lies at the lock; false when nothing does, or something of another type, which is not of our making.
local function value_at_lock()
  local value = redis.pcall('GET', lock)
  if type(value) ~= 'table' then
    return value
  end
  if string.find(value.err, 'WRONGTYPE', 1, true) then
    return false
  end
  -- The same again, as an error of the script.
  return redis.call('GET', lock)
end

-- Whether `value`, or false, says that the lock is the property of `token`.
local function is_of(value, token)
  -- The space belongs to the comparison: a token that is only the beginning of another one is not the same token.
  return value and string.sub(value, 1, #token + 1) == token .. ' '
end

local FENCE_TTL_MS = 86400000

-- The clock gets there in 2255. Not far beyond it numbers are no longer exact, and two fencing tokens could be the same.
local LAST_FENCE = 9000000000000000

-- How long a place in the queue is kept without a word from who waits there.
local PATIENCE_MS = 3000

-- Where a server does not know whether somebody listens, a lock is passed on for so long: who listens asks for the rest.
local UNSURE_MS = 2000

-- Takes a token out of the queue.
local function leave(token)
  redis.call('ZREM', queue, token)
  redis.call('HDEL', waiters, token)
end

-- The last fencing token that was given out, 0 when there is none; nil and the error when that can not be read.
local function last_fence()
  local last = redis.pcall('GET', fence)
  if type(last) == 'table' then
    return nil, last
  end
  if last and not (#last <= 16 and string.find(last, '^%d+$') and tonumber(last) <= LAST_FENCE) then
    return nil, redis.error_reply('BADFENCE what is at the fence key is no fencing token')
  end
  return tonumber(last) or 0
end

-- The next fencing token; nil and the error when the fence key can not be read.
local function next_fence()
  local last, problem = last_fence()
  -- The clock makes up for a fence key that was lost, and the last token for a clock that was set back.
  return last and math.max(last + 1, now), problem
end

-- Notes that `count` fencing tokens are given out. Returns the error when the fence key can not be written.
local function give_out(first, count)
  local written = redis.pcall('SET', fence, string.format('%.0f', first + count - 1), 'PX', FENCE_TTL_MS)
  return written.err and written
end

-- The first of the next `count` fencing tokens; nil and the error when the fence key can not be read or written.
local function reserve(count)
  local first, problem = next_fence()
  problem = problem or give_out(first, count)
  if problem then
    return nil, problem
  end
  return first
end

-- Makes the lock the property of whoever has waited longest and still listens, up to the token `me`, and tells them.
-- Returns false when there is nobody, or when it can not be done.
local function pass(me)
  local place = 0
  while true do
    local token = redis.call('ZRANGE', queue, place, place)[1]
    if not token or token == me then
      return false
    end
    local entry = redis.call('HGET', waiters, token) or ''
    local deadline, ttl, count, channel, who = string.match(entry, '^(%d+) (%d+) (%d+) (%S+) (.*)$')
    if not deadline or tonumber(deadline) < now then
      leave(token)
    else
      local first = reserve(tonumber(count))
      if not first then
        return false
      end
      local unsure = string.sub(channel, 1, 13) == 'latchkey:any:'
      if unsure and tonumber(ttl) > UNSURE_MS then
        ttl = tostring(UNSURE_MS)
      end
      local message = string.format('%s %s %.0f %.0f', token, ttl, first, now)
      local listeners = redis.pcall('PUBLISH', channel, message)
      if type(listeners) == 'table' then
        return false
      end
      if listeners > 0 or unsure then
        redis.call('SET', lock, value_of(token, who, first), 'PX', ttl)
        leave(token)
        return true
      end
      -- Not listening at the moment: it keeps its place until its deadline.
      place = place + 1
    end
  end
end
