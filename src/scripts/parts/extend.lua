-- Lets the lock last for ttl ms at least if it is still ours. What is gone stays gone, and what lasts longer lasts longer:
-- so copies of a call may arrive late, and in any order.
local function extend(token, ttl)
  local value = redis.pcall('GET', lock)
  if type(value) == 'table' then
    -- Something of another type is not ours. Any other error says nothing about the lock.
    return string.find(value.err, '^%-?WRONGTYPE') and {0} or value
  end
  if not value or string.sub(value, 1, #token + 1) ~= token .. ' ' then
    return {0}
  end
  if redis.call('PTTL', lock) < tonumber(ttl) then
    redis.call('PEXPIRE', lock, ttl)
  end
  return {1}
end
