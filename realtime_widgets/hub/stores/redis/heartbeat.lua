#!lua flags=allow-oom
-- Exchange which publishers are connected to which server.
-- KEYS: heard, changes, the key of this server, the time of the last heartbeat, servers
-- ARGV: this server, prefix, lease in ms, time of the last changes in microseconds or '', number of members
--       held, number of members that ended, then these and the watched ones
local time = redis.call('TIME')
local now, lease = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[3])
local function int(number) return string.format('%.0f', number) end

-- While Redis was down no server could report anything: that silence is no publisher's.
local last = tonumber(redis.call('GET', KEYS[4]) or now)
if now - last > 5000 then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    redis.call('ZINCRBY', KEYS[1], now - last, member)
  end
end
redis.call('SET', KEYS[4], int(now))
redis.call('SET', KEYS[3], '1', 'PX', 60000)
redis.call('ZADD', KEYS[5], int(now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', int(now - 60000))

local held, ended, ages = 6 + tonumber(ARGV[5]), 6 + tonumber(ARGV[5]) + tonumber(ARGV[6]), {}
for i = 7, #ARGV do
  if i <= held then
    redis.call('ZADD', KEYS[1], int(now), ARGV[i])
  elseif i <= ended then
    redis.call('ZREM', KEYS[1], ARGV[i])
  else
    redis.call('ZADD', KEYS[1], 'NX', int(now), ARGV[i])
    ages[#ages + 1] = int(now - tonumber(redis.call('ZSCORE', KEYS[1], ARGV[i])))
  end
end

local silent = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', int(now - lease))) do
  -- One server publishes that it is lost; another one where that one dies before it has.
  local telling = ARGV[2] .. ':telling:' .. member
  if redis.call('SET', telling, ARGV[1], 'NX', 'PX', ARGV[3])
    or redis.call('GET', telling) == ARGV[1] then
    silent[#silent + 1] = member
  end
end

-- Where more have changed, the rest is read with the next heartbeat.
local changed, newest = {}, ARGV[4]
if newest == '' then newest = int((now - 10000) * 1000) end
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. newest, '+inf', 'WITHSCORES',
  'LIMIT', 0, 1000)
for i = 1, #found, 2 do
  changed[#changed + 1] = found[i]
  newest = found[i + 1]
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', int((now - 600000) * 1000))
return {ages, silent, changed, newest, #redis.call('ZRANGE', KEYS[5], 0, -1)}
