-- Forget every wait of a model, as an operator wishes: the wait after a rejection, what rejections taught, and what they moved of reserved starts.
-- What was used of its quota stays. KEYS: as admit. ARGV: caps (4)
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local before = budget(KEYS[1], caps)
if next(before.stored) == nil then return 0 end
store_levels(KEYS[1], before)
redis.call('HDEL', KEYS[1], 'retry_at', 'retry_reason', 'rejected_in_a_row', 'ceiling', 'keeps', 'cut_at', 'unadvertised', 'observed_limit')
local after = budget(KEYS[1], caps)
local shift, shrink = math.max(0, before.retry_at - now), 1
if before.rate and after.rate then shrink = math.min(shrink, before.rate / after.rate) end
if before.token_rate and after.token_rate then shrink = math.min(shrink, before.token_rate / after.token_rate) end
local ahead = redis.call('ZRANGE', KEYS[2], '(' .. text(now), '+inf', 'BYSCORE', 'LIMIT', 0, 5000, 'WITHSCORES')
for i = 1, #ahead, 2 do
  redis.call('ZADD', KEYS[2], text(now + math.max(0, tonumber(ahead[i + 1]) - now - shift) * shrink), ahead[i])
end
return 1
