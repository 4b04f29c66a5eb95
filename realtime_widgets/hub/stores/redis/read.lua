#!lua flags=no-writes
-- Return the next whole batches after a seq, or those that lead up to one, the newest first.
-- KEYS: meta, log
-- ARGV: name, seq, most bytes, 'after' or 'before'
if redis.call('HGET', KEYS[1], 'name') ~= ARGV[1] then return {} end
local is_back, at = ARGV[4] == 'before', nil
if is_back then
  local before = tonumber(ARGV[2]) - 1
  if before < tonumber(redis.call('HGET', KEYS[1], 'first')) then return {} end
  local newest = redis.call('XRANGE', KEYS[2], string.format('%.0f', before) .. '-0', '+',
    'COUNT', 1)
  at = newest[1] and newest[1][1] or '+'
else
  at = string.format('%.0f', tonumber(ARGV[2]) + 1) .. '-0'
end
local found, size = {}, 0
while true do
  local page
  if is_back then
    page = redis.call('XREVRANGE', KEYS[2], at, '-', 'COUNT', 8)
  else
    page = redis.call('XRANGE', KEYS[2], at, '+', 'COUNT', 8)
  end
  for _, entry in ipairs(page) do
    size = size + tonumber(string.match(entry[1], '-(%d+)'))
    if #found > 0 and size > tonumber(ARGV[3]) then return found end
    found[#found + 1] = entry
    at = '(' .. entry[1]
  end
  if #page == 0 then return found end
end
