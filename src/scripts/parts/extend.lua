-- Lets the lock last for ttl ms at least if it is still ours, and nobody has had it since it was granted with `fence`. What
-- is gone stays gone, and what lasts longer lasts longer: so copies of a call may arrive late, and in any order.
local function extend(token, ttl, fence)
  local value = value_at_lock()
  if not is_of(value, token) then
    return {0}
  end
  local granted = string.match(value, '^(%d+) ', #token + 2)
  if granted and tonumber(granted) > tonumber(fence) then
    -- A failover has brought back the place in the queue, and the lock was passed on to it again, perhaps after others had it.
    release(token)
    return {0}
  end
  if redis.call('PTTL', lock) < tonumber(ttl) then
    redis.call('PEXPIRE', lock, ttl)
  end
  return {1}
end
