-- Lists the addresses that wait now, and forgets those that do no longer. KEYS: the blocks of all. ARGV: how many at most.
-- Returns: address, seconds left, address, seconds left ...
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local found = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
for at = 2, #found, 2 do found[at] = tostring(found[at] - now) end
return found
