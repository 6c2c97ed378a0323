-- Who holds the lock whose value this is, and since when, for one whose token is as long as all are; '' for a value that is
-- not of our making.
local function holder_in(value, token)
  local mark = #token + 1
  -- Another holder's token must never leave the server: only what stands behind it does, and of a foreign value nothing.
  if string.sub(value, mark, mark) == ' ' and not string.find(string.sub(value, 1, mark - 1), '[^%w_-]') then
    return string.match(value, '^%d+ (%d+ .*)$', mark + 1) or ''
  end
  return ''
end

-- Takes the lock when it is free and nobody has waited longer, or again when it is ours; else waits for it.
local function acquire(token, ttl, who, count, channel)
  look_at_clock()
  -- What may raise an error comes before the lock is set: who is told of an error has nothing.
  local queued = redis.call('EXISTS', queue) == 1
  local free = not queued or (redis.call('EXISTS', lock) == 0 and not pass(token))
  local first, problem
  if free then
    first, problem = next_fence()
  end
  -- The usual case first: the lock is free, and nobody waits for it.
  if first and redis.call('SET', lock, value_of(token, who, first), 'NX', 'PX', ttl) then
    problem = give_out(first, count)
    if problem then
      redis.call('DEL', lock)
      return problem
    end
    if queued then
      pcall(leave, token)
    end
    return {1, first, now}
  end

  local value = redis.call('GET', lock)
  if problem and not value then
    return problem
  end

  -- Our own token: a grant in the queue or to an earlier copy of this call, of which we have not heard.
  -- The caller counts its lease from the copy that it has just sent, so the expiry starts again as well. It is never made
  -- shorter: the caller may count from a message of that grant.
  if is_of(value, token) then
    first, problem = reserve(count)
    if problem then
      return problem
    end
    if redis.call('PTTL', lock) < tonumber(ttl) then
      redis.call('PEXPIRE', lock, ttl)
    end
    return {1, first, now}
  end

  if channel ~= '' then
    local deadline = string.format('%.0f', now + PATIENCE_MS * 1000)
    -- Behind all others, also when the clock was set back, or stands still within one script.
    local last = tonumber(redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')[2]) or 0
    -- Each expires before the other is touched: what somebody else has put there ends the script.
    redis.call('HSET', waiters, token, table.concat({deadline, ttl, count, channel, who}, ' '))
    redis.call('PEXPIRE', waiters, PATIENCE_MS)
    redis.call('ZADD', queue, 'NX', string.format('%.0f', math.max(now, last + 1)), token)
    redis.call('PEXPIRE', queue, PATIENCE_MS)
  end

  return {0, redis.call('PTTL', lock), holder_in(value, token), now}
end
