#!lua
-- Write which users may use a run, if its record is still the one that the caller has read.
-- That of a run without events ends after a day; the first append keeps it.
-- KEYS: access, meta
-- ARGV: the record that is replaced, "" for none; the new record
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'EX', 86400)
end
return 1
