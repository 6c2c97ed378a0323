-- Makes the lock that is the property of `token` that of `heir`, with a fencing token of its own; again when it is that already.
local function adopt(token, ttl, who, heir)
  look_at_clock()
  local value = value_at_lock()
  if not is_of(value, token) and not is_of(value, heir) then
    return {0}
  end
  local first, problem = reserve(1)
  if not first then
    return problem
  end
  if is_of(value, token) then
    redis.call('SET', lock, value_of(heir, who, first), 'PX', ttl)
  elseif redis.call('PTTL', lock) < tonumber(ttl) then
    -- What a copy of this call has given is never made shorter.
    redis.call('PEXPIRE', lock, ttl)
  end
  return {1, first, now}
end
