#!lua flags=no-writes
-- Return runs with their saved states, the one created last first.
-- KEYS: index
-- ARGV: prefix, most bytes, size of a run without its state, the number before which they are or
--       'inf'
local found, size, at = {}, 0, ARGV[4]
while true do
  local page = redis.call('ZREVRANGEBYSCORE', KEYS[1], '(' .. at, '-inf', 'WITHSCORES',
    'LIMIT', 0, 50)
  for i = 1, #page, 2 do
    local key = ARGV[1] .. ':{' .. string.lower(page[i]) .. '}:'
    local meta = redis.call('HMGET', key .. 'meta', 'epoch', 'first', 'head', 'entry', 'bytes', 'blobs')
    local state = redis.call('HMGET', key .. 'state', 'epoch', 'seq', 'data')
    at = page[i + 1]
    if meta[1] then
      local is_current = state[1] == meta[1]
      size = size + tonumber(ARGV[3]) + (is_current and #state[3] or 0)
      if #found > 0 and size > tonumber(ARGV[2]) then return found end
      found[#found + 1] = {at, page[i], meta, is_current and state or false}
    end
  end
  if #page == 0 then return found end
end
