-- Gives the lock back if it is still ours, to whoever has waited longest, and waits for it no more.
local function release(token)
  local queued = redis.call('EXISTS', queue) == 1
  if queued then
    look_at_clock()
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
end
