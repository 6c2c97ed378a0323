-- mutex-release: give the lock back if it is still ours.
-- KEYS[1] lock (string: token, a space, who holds it)
-- ARGV[1] token
-- Returns {1} when released, {0} when it was not ours any more.
local lock, token = KEYS[1], ARGV[1]
local value = redis.call('GET', lock)

-- The space belongs to the comparison: a token that is only the beginning of another one is not the same token.
if value and string.sub(value, 1, #token + 1) == token .. ' ' then
  redis.call('DEL', lock)
  return {1}
end
return {0}
