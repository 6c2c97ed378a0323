-- server-memory: tell what the server does when its memory is used up.
-- KEYS[1] a key that the server has
-- ARGV none
-- Returns {most_bytes, policy}: most_bytes is 0 without a limit, and policy '' when the server does not say.

-- It is there to find the server.
local _ = KEYS[1]

local info = redis.pcall('INFO', 'memory')
if type(info) == 'table' then
  return {0, ''}
end
local most, policy = string.match(info, 'maxmemory:(%d+)'), string.match(info, 'maxmemory_policy:([%w-]+)')
return {tonumber(most) or 0, policy or ''}
