#!lua flags=allow-oom
-- Remove a run, and have the servers that follow it drop it.
-- KEYS: meta, log, publishers, followers, state, access, index, bytes, changes
-- ARGV: name, this server, prefix
local stored = redis.call('HMGET', KEYS[1], 'name', 'bytes')
if stored[1] ~= ARGV[1] then return end
for _, server in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  if server ~= ARGV[2] then
    redis.call('PUBLISH', ARGV[3] .. ':to:' .. server, 'R ' .. ARGV[1])
  end
end
redis.call('DECRBY', KEYS[8], stored[2])
redis.call('ZREM', KEYS[7], ARGV[1])
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
local now = redis.call('TIME')
redis.call('ZADD', KEYS[9], string.format('%.0f', now[1] * 1000000 + now[2]), ARGV[1])
