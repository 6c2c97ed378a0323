-- Gives the lock back if it is still ours, to whoever has waited longest, and waits for it no more.
local function release(token)
  local queued = redis.call('EXISTS', queue) == 1
  local passed = false
  if queued then
    -- What is wrong with the queue is no reason to keep the lock.
    queued = pcall(look_at_clock) and pcall(leave, token)
  end
  if not is_of(value_at_lock(), token) then
    return {0}
  end
  if queued then
    local done, result = pcall(pass, '')
    passed = done and result
  end
  if not passed then
    redis.call('DEL', lock)
  end
  return {1}
end
