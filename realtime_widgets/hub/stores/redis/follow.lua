#!lua flags=allow-oom
-- Have a server sent the batches of a run, and compare what it knows with the log.
-- A server that knows more of a log than Redis has been sent what Redis has lost: the epoch ends.
-- KEYS: meta, log, followers
-- ARGV: name, this server, prefix, an epoch for the log, then of what the server knows: epoch or
--       '', head, batch id
local meta, log, followers = KEYS[1], KEYS[2], KEYS[3]
redis.call('SADD', followers, ARGV[2])
local stored = redis.call('HMGET', meta, 'epoch', 'first', 'head', 'entry', 'name')
local epoch, head, first = stored[1], tonumber(stored[3]), tonumber(stored[2])
if not epoch or stored[5] ~= ARGV[1] then return {false, '1', '0', false} end

local known_head = tonumber(ARGV[6])
local is_other = head > 0 and redis.call('EXISTS', log) == 0
if ARGV[5] == epoch and not is_other then
  is_other = head < known_head
  if not is_other and known_head >= first then
    local at = string.format('%.0f', known_head)
    local found = redis.call('XRANGE', log, at .. '-0', at .. '-18446744073709551615', 'COUNT', 1)
    is_other = not found[1] or found[1][2][4] ~= ARGV[7]
  end
end
if is_other then
  epoch = ARGV[4]
  redis.call('HSET', meta, 'epoch', epoch)
  for _, server in ipairs(redis.call('SMEMBERS', followers)) do
    if server ~= ARGV[2] then
      redis.call('PUBLISH', ARGV[3] .. ':to:' .. server, 'R ' .. ARGV[1])
    end
  end
end
return {epoch, stored[2], stored[3], stored[4]}
