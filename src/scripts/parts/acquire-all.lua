-- Turns to the lock whose keys are at this place among all.
local function turn_to(place)
  lock, fence, queue, waiters = KEYS[place * 4 - 3], KEYS[place * 4 - 2], KEYS[place * 4 - 1], KEYS[place * 4]
end

-- Takes the locks from one place to another when each of them is free and nobody has waited longer for it, or when it is
-- ours; else takes none of them.
local function acquire_all(from, to, token, ttl, who, count)
  look_at_clock()
  for place = from, to do
    turn_to(place)
    local value = redis.call('GET', lock)
    if not value and redis.call('EXISTS', queue) == 1 and pass(token) then
      value = redis.call('GET', lock)
    end
    if value and not is_of(value, token) then
      return {0, place - from, redis.call('PTTL', lock), holder_in(value, token), now}
    end
  end

  local reply = {1, now}
  for place = from, to do
    turn_to(place)
    local done, one = pcall(acquire, token, ttl, who, count, '')
    if not done or one[1] ~= 1 then
      -- Who is told of an error has nothing, neither from this call nor from an earlier copy of it.
      for taken = from, to do
        turn_to(taken)
        if is_of(value_at_lock(), token) then
          redis.pcall('DEL', lock)
        end
      end
      if not done then
        error(one, 0)
      end
      return one.err and one or {0, place - from, one[2], one[3], one[4]}
    end
    reply[#reply + 1] = one[2]
  end
  return reply
end
