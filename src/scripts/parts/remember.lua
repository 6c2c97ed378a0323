local MEMORY_TTL_MS = 2592000000

-- Notes since when the server remembers what it has granted. Returns an error while that is not as long as any lock lasts.
local function remember(memory, longest)
  look_at_clock()
  local at = math.floor(now / 1000)
  local since = redis.call('GET', memory)
  -- One that lies ahead was noted before the clock was set back.
  if not since or not string.find(since, '^%d+$') or tonumber(since) > at then
    since = at
    redis.call('SET', memory, string.format('%.0f', at), 'PX', MEMORY_TTL_MS)
  elseif redis.call('PTTL', memory) < MEMORY_TTL_MS / 2 then
    redis.call('PEXPIRE', memory, MEMORY_TTL_MS)
  end
  local left = tonumber(since) + longest - at
  if longest > 0 and left > 0 then
    return redis.error_reply(string.format('QUARANTINE the server was started empty and grants nothing for %.0f ms', left))
  end
end
