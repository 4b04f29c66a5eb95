#!lua flags=allow-oom
-- Remove a run, and have the servers that follow it drop it.
-- KEYS: meta, log, publishers, followers, state, ends of blobs, blobs, access, index, bytes, changes
-- ARGV: name, this server, prefix
local stored = redis.call('HMGET', KEYS[1], 'name', 'bytes', 'blobs')
if stored[1] ~= ARGV[1] then return end
for _, server in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  if server ~= ARGV[2] then
    redis.call('PUBLISH', ARGV[3] .. ':to:' .. server, 'R ' .. ARGV[1])
  end
end
redis.call('DECRBY', KEYS[10], string.format('%.0f', stored[2] + (stored[3] or 0)))
redis.call('ZREM', KEYS[9], ARGV[1])
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8])
local now = redis.call('TIME')
redis.call('ZADD', KEYS[11], string.format('%.0f', now[1] * 1000000 + now[2]), ARGV[1])
