-- Counts a wrong credential. KEYS: the guesses of its address, the blocks of all, what is there if the right token came from
-- this address. ARGV: digest of the credential, guesses that are free, longest block, longest block of a known address, how
-- long guesses are kept (seconds), the most that are kept, the address. Returns: how many guesses there were, seconds until
-- the next is looked at, whether this is the first block, whether the address is known.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local is_known = redis.call('EXISTS', KEYS[3])
local free, longest = tonumber(ARGV[2]), tonumber(is_known == 1 and ARGV[4] or ARGV[3])
local is_new = redis.call('ZADD', KEYS[1], 'NX', now, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[6]))
redis.call('EXPIRE', KEYS[1], ARGV[5])
local count = redis.call('ZCARD', KEYS[1])
if is_new == 1 and count >= free then
  redis.call('ZADD', KEYS[2], now + math.min(longest, 2 ^ (count - free)), ARGV[7])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
local left = (tonumber(redis.call('ZSCORE', KEYS[2], ARGV[7])) or now) - now
return { count, tostring(math.max(0, left)), is_new == 1 and count == free and 1 or 0, is_known }
