#!lua flags=allow-oom
-- Remove the blobs of a run whose events are gone, and the oldest beyond a size; before that, store
-- one where it is given. Return whether the run exists.
-- KEYS: meta, ends (the seq until which each blob is kept), blobs, bytes
-- ARGV: name, most bytes, what a blob counts beside its bytes, and of one to store: SHA-256, type,
--       data
local stored = redis.call('HMGET', KEYS[1], 'name', 'head', 'first', 'blobs')
if stored[1] ~= ARGV[1] then return 0 end
local first, before = tonumber(stored[3]), tonumber(stored[4] or 0)
local size = before

local function size_of(sha256)
  return redis.call('HSTRLEN', KEYS[3], sha256) + tonumber(ARGV[3])
end

if ARGV[4] then
  if redis.call('HEXISTS', KEYS[3], ARGV[4]) == 0 then
    redis.call('HSET', KEYS[3], ARGV[4], ARGV[5] .. '\n' .. ARGV[6])
    size = size + size_of(ARGV[4])
  end
  redis.call('ZADD', KEYS[2], stored[2], ARGV[4])
end

while true do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  local is_last = redis.call('ZCARD', KEYS[2]) == 1
  if #oldest == 0 then break end
  if tonumber(oldest[2]) >= first and (size <= tonumber(ARGV[2]) or is_last) then break end
  size = size - size_of(oldest[1])
  redis.call('HDEL', KEYS[3], oldest[1])
  redis.call('ZREM', KEYS[2], oldest[1])
end
redis.call('HSET', KEYS[1], 'blobs', string.format('%.0f', size))
redis.call('INCRBY', KEYS[4], string.format('%.0f', size - before))
return 1
