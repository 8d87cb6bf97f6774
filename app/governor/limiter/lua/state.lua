-- What the scripts share: a model's budget, read, aged to now and written back. Breakers are in breaker.lua.
-- Budget: two leaky buckets in units of requests and tokens, so that a changed limit needs no conversion.
-- Times are seconds of the server's clock as floats; amounts are floats.

local JITTER_S = 0.5        -- between a grant and its call's arrival at the provider
local REQUEST_BURST = 0.03  -- of the limit: may start at once
local TOKEN_BURST = 0.02
local TOKEN_RATE = 0.95     -- of the limit: the rest is for one large call
local OBSERVED_S = 5        -- a window in which answers are counted
local BACK_S = 8            -- after a refusal, until the rate is nearly back where it was refused
local LEAST_RATE = 2        -- calls a second that an unknown limit is taken for at least
local SURE_S = 60           -- without a refusal, after which the limit is taken for a higher one
local UNADVERTISED_SURE_S = 15    -- the same where nobody says what it is
local UNADVERTISED_GROWTH, GROWTH = 1.15, 1.07  -- a second, from then on
local UNKNOWN = 100         -- at so many times of what was observed once, that says nothing any more

local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000

local function number(value) return tonumber(value or '') or 0 end
local function text(value) return string.format('%.6f', value) end

local function read(key)
  local flat, found = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- The tighter of two limits (amount, interval); an amount of 0 is none.
local function tighter(a, a_s, b, b_s)
  if a <= 0 then return b, b_s end
  if b <= 0 or a / a_s <= b / b_s then return a, a_s end
  return b, b_s
end

-- The share of the limit that is used: less after a refusal, in some seconds back to just below where that was, then
-- slowly past it, and when nothing was refused for a minute ever faster.
local function factor_of(stored)
  local ceiling, keeps = number(stored.ceiling), number(stored.keeps)
  if ceiling <= 0 then return 1 end
  local since = now - number(stored.cut_at)
  local sure, growth = SURE_S, GROWTH
  if stored.unadvertised == '1' then sure, growth = UNADVERTISED_SURE_S, UNADVERTISED_GROWTH end
  local share = keeps + math.max(0, 0.95 - keeps) * math.min(1, since / BACK_S) + 0.002 * math.max(0, math.min(since, sure) - BACK_S)
  -- The exponent is bounded: a model that is idle for a day must not count to infinity.
  return math.min(UNKNOWN, math.max(0.02, ceiling * share * growth ^ math.min(500, math.max(0, since - sure))))
end

-- A budget as of now. `caps`: requests, seconds, tokens, seconds as configured; 0 for none.
local function budget(key, caps)
  local stored = read(key)
  local b = { stored = stored, retry_at = number(stored.retry_at), factor = factor_of(stored), ratio = number(stored.ratio) }
  if b.ratio <= 0 then b.ratio = 0.5 end
  local amount, per_s = tighter(caps[1], caps[2], number(stored.advertised_requests), caps[2] > 0 and caps[2] or 60)
  local tokens, tokens_s = tighter(caps[3], caps[4], number(stored.advertised_tokens), caps[4] > 0 and caps[4] or 60)
  local known = math.min(1, b.factor)  -- nothing is used beyond what was said
  if amount > 0 then
    b.factor = known
  elseif b.factor < UNKNOWN then
    amount, per_s = number(stored.observed_limit), 60
  end
  b.amount, b.per_s, b.tokens, b.tokens_s = amount, per_s, tokens, tokens_s
  b.limited = amount > 0 or tokens > 0
  if amount <= 0 then b.factor = known end
  if amount > 0 then
    local allowed = amount * b.factor
    b.burst = math.max(1, math.floor(allowed * REQUEST_BURST))
    b.rate = math.max(allowed - b.burst + 1, allowed * 0.5) / (per_s + math.min(JITTER_S, per_s * 0.05))
    if allowed < 1 then b.rate = allowed / per_s end
  end
  if tokens > 0 then
    b.token_burst = tokens * known * TOKEN_BURST
    b.token_rate = tokens * known * TOKEN_RATE / tokens_s
  end
  -- Nothing leaks before `retry_at`: else all that waits for it would start at once.
  local since = math.max(number(stored.at), math.min(b.retry_at, now))
  local passed = math.max(0, now - since)
  b.level = math.max(0, number(stored.level) - passed * (b.rate or 0))
  b.token_level = math.max(0, number(stored.token_level) - passed * (b.token_rate or 0))
  return b
end

-- The shorter one of a budget's intervals.
local function shortest(b)
  return math.min(b.amount > 0 and b.per_s or 86400, b.tokens > 0 and b.tokens_s or 86400)
end

-- Seconds until the next call may start.
local function wait_of(b)
  local wait = 0
  if b.rate then wait = math.max(wait, (b.level + 1 - b.burst) / b.rate) end
  if b.token_rate then wait = math.max(wait, (b.token_level - b.token_burst) / b.token_rate) end
  return wait + math.max(0, b.retry_at - now)
end

local function store_levels(key, b)
  redis.call('HSET', key, 'at', text(now), 'level', text(b.level), 'token_level', text(b.token_level))
  redis.call('EXPIRE', key, 86400)
end

-- Make up for a start that was used late: all that is late by so much can put as many too many into one interval as
-- start in that time, so those are taken away once in an interval, and not for each that is late.
local function make_up(key, b, late_s, tokens)
  local rate = b.rate or (b.token_rate or 0) / math.max(1, tokens)
  local passed = (now - number(b.stored.made_up_at)) / shortest(b)
  local made_up = number(b.stored.made_up) * math.max(0, 1 - passed)
  local more = math.max(0, math.min(1, rate * late_s - made_up))
  b.level, b.token_level = b.level + more, b.token_level + more * tokens
  redis.call('HSET', key, 'made_up', text(made_up + more), 'made_up_at', text(now))
  store_levels(key, b)
end
