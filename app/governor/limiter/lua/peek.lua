-- How a model stands, changing nothing that counts. KEYS: as admit. ARGV: caps (4), horizon, failures,
-- longest call, places (0: any number)
-- Returns: calls that may start within the horizon (-1: any number), seconds until the next one, the stricter breaker's state, and
-- figures.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local horizon = tonumber(ARGV[5])
local failures = tonumber(ARGV[6])
local own, whole = look('model', KEYS[3], KEYS[4], failures), look('provider', KEYS[5], KEYS[6], failures)
local breaker = stricter(own, whole)
local b = budget(KEYS[1], caps)
local wait = math.max(0, wait_of(b))
local startable = -1
if b.limited or b.retry_at > now then
  local open_s = math.max(0, horizon - math.max(0, b.retry_at - now))
  startable = 1000000
  if b.rate then startable = math.min(startable, b.burst + open_s * b.rate - b.level) end
  if b.token_rate then
    local each = math.max(1, number(b.stored.mean_tokens))
    startable = math.min(startable, (b.token_burst + open_s * b.token_rate - b.token_level) / each + 1)
  end
  if open_s <= 0 then startable = 0 end
  startable = math.max(0, math.floor(startable)) + redis.call('ZCOUNT', KEYS[2], now - 30, now + horizon)
end
if breaker.wait > 0 then startable = 0 end
for _, one in ipairs({ own, whole }) do
  local left = one.state == 'probe' and 1 or one.state == 'trial' and failures - number(one.stored.streak) or -1
  if left >= 0 then startable = startable < 0 and left or math.min(startable, left) end
end
local keys = { flying = KEYS[7], waiting = KEYS[8] }
local flying, soon, first = places_of(keys, tonumber(ARGV[7]), number(b.stored.mean_call_s), horizon)
local waiting = redis.call('ZCOUNT', KEYS[8], now, '+inf')
return { text(startable), text(math.max(wait, breaker.wait)), breaker.state, text(b.amount), text(b.per_s), text(b.tokens), text(b.tokens_s),
  text(b.factor), text(b.level), text(b.token_level), text(math.max(0, b.retry_at - now)), tostring(redis.call('ZCARD', KEYS[2])),
  text(b.rate or 0), text(b.token_rate or 0), b.stored.limited or '0', text(now),
  text(number(b.stored.advertised_requests)), text(number(b.stored.advertised_tokens)), b.stored.retry_reason or '',
  ARGV[8], tostring(flying), tostring(waiting), tostring(soon), text(first), text(number(b.stored.mean_call_s)) }
