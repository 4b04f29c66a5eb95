#!lua flags=allow-oom
-- Report the users who watch a run at this server, and return what the others have reported.
-- KEYS: the reports of the run's servers
-- ARGV: this server, its report, for how many ms it holds
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now + tonumber(ARGV[3]), ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local reports, fields = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local until_, report = string.match(fields[i + 1], '^(%d+) (.*)$')
  if tonumber(until_) < now then
    redis.call('HDEL', KEYS[1], fields[i])
  elseif fields[i] ~= ARGV[1] then
    reports[#reports + 1] = report
  end
end
return reports
