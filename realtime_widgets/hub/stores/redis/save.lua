#!lua
-- Replace the saved state of a run; an older one of the same log is not written.
-- KEYS: meta, state
-- ARGV: name, seq, state
local stored = redis.call('HMGET', KEYS[1], 'name', 'epoch', 'head')
if stored[1] ~= ARGV[1] or tonumber(ARGV[2]) > tonumber(stored[3]) then return end
local saved = redis.call('HMGET', KEYS[2], 'epoch', 'seq')
if saved[1] == stored[2] and tonumber(saved[2]) > tonumber(ARGV[2]) then return end
redis.call('HSET', KEYS[2], 'epoch', stored[2], 'seq', ARGV[2], 'data', ARGV[3])
