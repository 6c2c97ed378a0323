-- mutex-acquire: take the lock when it is free, or take it again when it is already ours.
-- KEYS[1] lock (string: token, a space, who holds it)
-- ARGV[1] token  ARGV[2] ttl_ms  ARGV[3] who
-- Returns {1} when granted; {0, ttl_left_ms, who} when not: ttl_left_ms is -1 without an expiry, who is '' for a value that is not of our making.
local lock = KEYS[1]
local token, ttl, who = ARGV[1], ARGV[2], ARGV[3]

if redis.call('SET', lock, token .. ' ' .. who, 'NX', 'PX', ttl) then
  return {1}
end

local value = redis.call('GET', lock) or ''
local mark = #token + 1

-- Our own token: an earlier copy of this very call was applied and its reply was lost.
-- The caller counts its lease from the copy that it has just sent, so the expiry starts again as well.
if string.sub(value, 1, mark) == token .. ' ' then
  redis.call('PEXPIRE', lock, ttl)
  return {1}
end

-- Another holder's token must never leave the server: only what stands behind it does, and of a foreign value nothing.
local holder = ''
if string.sub(value, mark, mark) == ' ' and not string.find(string.sub(value, 1, mark - 1), '[^%w_-]') then
  holder = string.sub(value, mark + 1)
end
return {0, redis.call('PTTL', lock), holder}
