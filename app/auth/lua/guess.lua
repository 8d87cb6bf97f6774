-- Counts a wrong credential. KEYS: the guesses of its address, the blocks of all. ARGV: digest of the credential, guesses that are
-- free, longest block and how long guesses are kept (seconds), the most that are kept, the address.
-- Returns: how many guesses there were, seconds until the next is looked at, whether this is the first block.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local free, longest = tonumber(ARGV[2]), tonumber(ARGV[3])
local is_new = redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[5]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
local count = redis.call('ZCARD', KEYS[1])
if is_new == 1 and count >= free then
  redis.call('ZADD', KEYS[2], now + math.min(longest, 2 ^ (count - free)), ARGV[6])
  redis.call('EXPIRE', KEYS[2], ARGV[4])
end
local left = (tonumber(redis.call('ZSCORE', KEYS[2], ARGV[6])) or now) - now
return { count, tostring(math.max(0, left)), is_new == 1 and count == free and 1 or 0 }
