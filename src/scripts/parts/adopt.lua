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
  -- Its former holder's time is over; only what a copy of this call has given is never made shorter.
  local least = is_of(value, heir) and redis.call('PTTL', lock) or 0
  redis.call('SET', lock, value_of(heir, who), 'PX', math.max(least, ttl))
  return {1, first, now}
end
