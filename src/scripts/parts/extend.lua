-- Lets the lock last for ttl ms at least if it is still ours. What is gone stays gone, and what lasts longer lasts longer:
-- so copies of a call may arrive late, and in any order.
local function extend(token, ttl)
  if not is_of(value_at_lock(), token) then
    return {0}
  end
  if redis.call('PTTL', lock) < tonumber(ttl) then
    redis.call('PEXPIRE', lock, ttl)
  end
  return {1}
end
