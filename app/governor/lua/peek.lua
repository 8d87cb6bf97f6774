-- How a model stands, changing nothing that counts. KEYS: budget, bookings, breaker, trying. ARGV: caps (4), horizon, failures
-- Returns: calls that may start within the horizon (-1: any number), seconds until the next one, the breaker's word, and figures.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local horizon = tonumber(ARGV[5])
local breaker = read(KEYS[3])
local door, door_wait = door_of(breaker, KEYS[4], tonumber(ARGV[6]))
local b = budget(KEYS[1], caps)
local wait = math.max(0, wait_of(b))
local free = -1
if b.limited or b.door > now then
  local open_s = math.max(0, horizon - math.max(0, b.door - now))
  free = 1000000
  if b.rate then free = math.min(free, b.burst + open_s * b.rate - b.level) end
  if b.token_rate then
    local each = math.max(1, number(b.stored.mean_tokens))
    free = math.min(free, (b.token_burst + open_s * b.token_rate - b.token_level) / each + 1)
  end
  if open_s <= 0 then free = 0 end
  free = math.max(0, math.floor(free)) + redis.call('ZCOUNT', KEYS[2], now - 30, now + horizon)
end
if door_wait > 0 then
  free = 0
elseif door == 'probe' then
  free = free == 0 and 0 or 1
elseif door == 'trial' then
  local left = tonumber(ARGV[6]) - number(breaker.streak)
  free = free < 0 and left or math.min(free, left)
end
return { text(free), text(math.max(wait, door_wait)), door, text(b.amount), text(b.per_s), text(b.tokens), text(b.tokens_s),
  text(b.factor), text(b.level), text(b.token_level), text(math.max(0, b.door - now)), tostring(redis.call('ZCARD', KEYS[2])),
  text(b.rate or 0), text(b.token_rate or 0), b.stored.limited or '0', text(now),
  text(number(b.stored.told_requests)), text(number(b.stored.told_tokens)) }
