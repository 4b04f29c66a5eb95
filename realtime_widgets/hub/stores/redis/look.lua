#!lua flags=allow-oom
-- Read what a client that connects has to know.
-- KEYS: meta, log, publishers
-- ARGV: name, seq or '', publisher id or '', '1' where the answer has to be on replicas
local stored = redis.call('HMGET', KEYS[1], 'epoch', 'first', 'head', 'entry', 'name')
if not stored[1] or stored[5] ~= ARGV[1] then return {false, '1', '0', false, false, false} end
local there = false
if ARGV[2] ~= '' then
  local found = redis.call('XRANGE', KEYS[2], ARGV[2] .. '-0',
    ARGV[2] .. '-18446744073709551615', 'COUNT', 1)
  there = found[1] and found[1][2][4] or false
end
local last = ARGV[3] ~= '' and redis.call('HGET', KEYS[3], ARGV[3])
-- WAIT counts the writes of the connection that sends it only, and `last_n` in `welcome` is an ack.
if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'epoch', stored[1]) end
return {stored[1], stored[2], stored[3], stored[4], there, last and string.match(last, '%d+') or false}
