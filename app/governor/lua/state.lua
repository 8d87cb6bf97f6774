-- What the scripts share: a model's budget and a provider's breaker, read, aged to now and written back.
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
local UNTOLD_SURE_S = 15    -- the same where nobody says what it is
local UNTOLD_GROWTH, GROWTH = 1.15, 1.07  -- a second, from then on

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
  if stored.untold == '1' then sure, growth = UNTOLD_SURE_S, UNTOLD_GROWTH end
  local share = keeps + math.max(0, 0.95 - keeps) * math.min(1, since / BACK_S) + 0.002 * math.max(0, math.min(since, sure) - BACK_S)
  return math.max(0.02, ceiling * share * growth ^ math.max(0, since - sure))
end

-- A budget as of now. `caps`: requests, seconds, tokens, seconds as configured; 0 for none.
local function budget(key, caps)
  local stored = read(key)
  local b = { stored = stored, door = number(stored.door), factor = factor_of(stored), ratio = number(stored.ratio) }
  if b.ratio <= 0 then b.ratio = 0.5 end
  local amount, per_s = tighter(caps[1], caps[2], number(stored.told_requests), caps[2] > 0 and caps[2] or 60)
  if amount > 0 then
    b.factor = math.min(1, b.factor)
  elseif b.factor < 100 then  -- past it, what was observed once says nothing any more
    amount, per_s = number(stored.observed_limit), 60
  end
  local tokens, tokens_s = tighter(caps[3], caps[4], number(stored.told_tokens), caps[4] > 0 and caps[4] or 60)
  b.amount, b.per_s, b.tokens, b.tokens_s = amount, per_s, tokens, tokens_s
  b.limited = amount > 0 or tokens > 0
  if amount > 0 then
    local allowed = amount * b.factor
    b.burst = math.max(1, math.floor(allowed * REQUEST_BURST))
    b.rate = math.max(allowed - b.burst + 1, allowed * 0.5) / (per_s + math.min(JITTER_S, per_s * 0.05))
    if allowed < 1 then b.rate = allowed / per_s end
  end
  if tokens > 0 then
    b.token_burst = tokens * b.factor * TOKEN_BURST
    b.token_rate = tokens * b.factor * TOKEN_RATE / tokens_s
  end
  -- Nothing leaks while the door is closed: else all that waits for it would start at once.
  local since = math.max(number(stored.at), math.min(b.door, now))
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
  return wait + math.max(0, b.door - now)
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

-- What a breaker says to one more call: state, and seconds to wait. `trying` holds the calls that test a provider in doubt.
local function door_of(breaker, trying, failures)
  if breaker.forced == '1' then return 'forced', 5 end
  if breaker.state == 'open' then
    local left = number(breaker.open_until) - now
    if left > 0 then return 'open', left end
  end
  if breaker.state == 'open' or breaker.state == 'half_open' then
    redis.call('ZREMRANGEBYSCORE', trying, '-inf', now)
    if redis.call('ZCARD', trying) > 0 then return 'half_open', 1 end
    return 'probe', 0
  end
  local streak = number(breaker.streak)
  if streak > 0 then  -- in doubt: so many calls at once as failures are left
    redis.call('ZREMRANGEBYSCORE', trying, '-inf', now)
    if redis.call('ZCARD', trying) >= failures - streak then return 'doubted', 0.25 end
    return 'trial', 0
  end
  return 'closed', 0
end
