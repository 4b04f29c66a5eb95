#!lua flags=allow-oom
-- Return which of the runs a living server has in memory, as 1 and 0.
-- KEYS: the followers of each run
-- ARGV: prefix
local used = {}
for i, followers in ipairs(KEYS) do
  used[i] = 0
  for _, server in ipairs(redis.call('SMEMBERS', followers)) do
    if redis.call('EXISTS', ARGV[1] .. ':server:' .. server) == 1 then
      used[i] = 1
    else
      redis.call('SREM', followers, server)
    end
  end
end
return used
