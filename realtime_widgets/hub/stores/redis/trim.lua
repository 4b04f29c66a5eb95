#!lua flags=allow-oom
-- Remove whole batches before a seq.
-- KEYS: meta, log, bytes
-- ARGV: name, seq
local stored = redis.call('HMGET', KEYS[1], 'name', 'bytes', 'first')
local before, first = tonumber(ARGV[2]), nil
if stored[1] ~= ARGV[1] then return end
local freed, at, done = 0, '-', false
while not done do
  local oldest = redis.call('XRANGE', KEYS[2], at, '+', 'COUNT', 10)
  done = #oldest == 0
  for _, entry in ipairs(oldest) do
    local ends, size = string.match(entry[1], '(%d+)-(%d+)')
    if tonumber(ends) >= before then
      done = true
      break
    end
    first, freed, at = tonumber(ends) + 1, freed + tonumber(size), '(' .. entry[1]
  end
end
if not first then return end
redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', first) .. '-0')
redis.call('HSET', KEYS[1], 'first', string.format('%.0f', first),
  'bytes', string.format('%.0f', tonumber(stored[2]) - freed))
redis.call('DECRBY', KEYS[3], string.format('%.0f', freed))
