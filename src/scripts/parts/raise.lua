-- Lets no later grant of the lock have a fencing token that is not above `last`, if the lock is still ours.
local function raise(token, last)
  if not is_of(value_at_lock(), token) then
    return {0}
  end
  local known, problem = last_fence()
  if not known then
    return problem
  end
  if known < tonumber(last) then
    redis.call('SET', fence, last, 'PX', FENCE_TTL_MS)
  end
  return {1}
end
