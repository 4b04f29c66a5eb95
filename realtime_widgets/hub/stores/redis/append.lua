#!lua
-- Store what is new of a batch (protocol 6.2), and send it to the servers that follow the run.
-- KEYS: meta, log, publishers, followers, index, bytes, numbers, changes, access
-- ARGV: name, publisher id, publisher seq, first publisher seq of the connection, number of events,
--       batch id, timestamp, user as JSON, an epoch for a new log, most events, most bytes,
--       this server, prefix, the JSON array
local meta, log, publishers, followers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, publisher = ARGV[1], ARGV[2]
local seq, start, count = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local raw, prefix = ARGV[14], ARGV[13]

local function int(number)
  return string.format('%.0f', number)  -- Lua 5.1 would write 2^53-1 with an exponent
end

local function announce(message)
  for _, server in ipairs(redis.call('SMEMBERS', followers)) do
    if server ~= ARGV[12] and redis.call('PUBLISH', prefix .. ':to:' .. server, message) == 0 then
      redis.call('SREM', followers, server)
    end
  end
end

-- Return a JSON array without its first items: the n-th comma at its top level ends them.
local function without_first(array, skip)
  local depth, at = 0, 1
  while true do
    at = string.find(array, '["%[%]{},]', at)
    local char = string.sub(array, at, at)
    if char == '"' then
      repeat
        at = string.find(array, '["\\]', at + 1)
        local inner = string.sub(array, at, at)
        if inner == '\\' then at = at + 1 end
      until inner == '"'
    elseif char == '[' or char == '{' then
      depth = depth + 1
    elseif char == ']' or char == '}' then
      depth = depth - 1
    elseif depth == 1 then
      skip = skip - 1
      if skip == 0 then return '[' .. string.sub(array, at + 1) end
    end
    at = at + 1
  end
end

local stored = redis.call('HMGET', meta, 'name', 'epoch', 'first', 'head', 'bytes')
if stored[1] and stored[1] ~= name then return {'case', stored[1]} end
local epoch, first, head, bytes = stored[2], tonumber(stored[3]), tonumber(stored[4]), tonumber(stored[5])
local has_log = redis.call('EXISTS', log) == 1
local is_replaced = epoch and head > 0 and not has_log

-- Where only `meta` is gone, as after an eviction, what the publisher has stored is gone with it.
local last = epoch and publisher ~= '' and redis.call('HGET', publishers, publisher)
local last_seq_in_log
local expected = math.min(start, seq)
if last then
  local number, at = string.match(last, '(%d+):(%d+)')
  expected, last_seq_in_log = tonumber(number) + 1, at
end
if seq > expected then return {'hole', int(expected)} end
local skip = expected - seq
if skip >= count then return {'known', epoch, last_seq_in_log, int(expected - 1)} end

if not epoch or is_replaced then
  if is_replaced or has_log then announce('R ' .. name) end
  if has_log then redis.call('UNLINK', log) end  -- it would refuse the ids of the new log
  if is_replaced then
    redis.call('DECRBY', KEYS[6], int(bytes))
  else
    redis.call('ZADD', KEYS[5], redis.call('INCR', KEYS[7]), name)
  end
  epoch, first, head, bytes = ARGV[9], 1, 0, 0
  local access = redis.call('GET', KEYS[9])
  if access then redis.call('SET', KEYS[9], access) end  -- it has no expiry then
end
if skip > 0 then raw = without_first(raw, skip) end
count = count - skip
local from, size = head + 1, #raw
head, bytes = head + count, bytes + size
redis.call('XADD', log, int(head) .. '-' .. int(size),
  'f', int(from), 'e', ARGV[6], 't', ARGV[7], 'u', ARGV[8], 'r', raw)

local change, most_events, most_bytes = size, tonumber(ARGV[10]), tonumber(ARGV[11])
if head - first >= most_events or bytes > most_bytes then
  -- The same as `cut_back` of run_retention.py: a little further than necessary.
  local events_left, bytes_left = math.floor(0.99 * most_events), math.floor(0.99 * most_bytes)
  local at, done = '-', false
  while not done do
    local oldest = redis.call('XRANGE', log, at, '+', 'COUNT', 10)
    for _, entry in ipairs(oldest) do
      local ends, of_size = string.match(entry[1], '(%d+)-(%d+)')
      ends, of_size = tonumber(ends), tonumber(of_size)
      if ends >= head then
        first, change, bytes, done = from, change + size - bytes, size, true
        break
      end
      first, bytes, change = ends + 1, bytes - of_size, change - of_size
      if head - first < events_left and bytes <= bytes_left then
        done = true
        break
      end
    end
    at = int(first) .. '-0'
  end
  redis.call('XTRIM', log, 'MINID', int(first) .. '-0')
end

redis.call('HSET', meta, 'name', name, 'epoch', epoch, 'first', int(first), 'head', int(head),
  'entry', ARGV[6], 'bytes', int(bytes))
redis.call('INCRBY', KEYS[6], int(change))
if publisher ~= '' then
  redis.call('HSET', publishers, publisher, int(seq + skip + count - 1) .. ':' .. int(head))
end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[8], int(now[1] * 1000000 + now[2]), name)
announce(table.concat({'B', name, epoch, int(first), int(from), int(count), ARGV[6], ARGV[7],
  ARGV[8]}, ' ') .. '\n' .. raw)
return {'stored', epoch, int(head), int(seq + skip + count - 1), int(first), int(from), int(skip),
  change == size and '0' or '1'}
