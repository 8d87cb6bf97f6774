-- May one more call start? Both breakers, the places and the budget in one step.
-- KEYS: budget, reservations, the model's breaker and trying, the provider's breaker and trying, flying, waiting, freed
-- ARGV: caps (4), prompt tokens, output tokens, call, reservation, longest wait, reserve ahead, failures, longest call,
--       places (0: any number), for how long the call will wait for a place
-- Returns: verdict (granted, wait, reserved, busy, or a breaker's state), seconds, tokens reserved, the stricter breaker's state and whose
-- it is (model, provider), and which breakers this call decides as a probe.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local call, reservation = ARGV[7], ARGV[8]
local longest, ahead = tonumber(ARGV[9]), tonumber(ARGV[10])

local own = look('model', KEYS[3], KEYS[4], tonumber(ARGV[11]))
local whole = look('provider', KEYS[5], KEYS[6], tonumber(ARGV[11]))
local breaker = stricter(own, whole)
if breaker.wait > 0 then return { breaker.state, text(breaker.wait), '0', breaker.state, breaker.scope, '' } end

local b = budget(KEYS[1], caps)
local keys = { flying = KEYS[7], waiting = KEYS[8], freed = KEYS[9] }
local longest_call, places = tonumber(ARGV[12]), tonumber(ARGV[13])
local busy, busy_s = is_busy(keys, places, call, tonumber(ARGV[14]), longest_call, number(b.stored.mean_call_s))
if busy then return { 'busy', text(busy_s), '0', breaker.state, breaker.scope, '' } end
-- Answers of small jobs say little about large ones: a prompt has about so many tokens itself.
local prompt = tonumber(ARGV[5])
local tokens = math.max(1, prompt * 0.75, (prompt + math.min(tonumber(ARGV[6]), 512)) * b.ratio)
local wait, reserved_at = 0, false
local is_reserved_for = b.limited or b.retry_at > now
if is_reserved_for then
  reserved_at = reservation ~= '' and redis.call('ZSCORE', KEYS[2], reservation)
  -- A start that is used late is missing where it was, and is one too many where it is now.
  local late_s = reserved_at and now - tonumber(reserved_at) or 0
  if late_s > 0 and late_s + ahead >= shortest(b) / 2 and late_s > shortest(b) * 0.025 then
    redis.call('ZREM', KEYS[2], reservation)  -- in another interval: it takes another place
    reserved_at = false
  end
  if reserved_at then
    wait = math.max(0, tonumber(reserved_at) - now, b.retry_at - now)
  else
    wait = math.max(0, wait_of(b))
  end
  local grants = wait <= longest
  local reserves = not grants and reservation ~= '' and wait <= ahead
  if (grants or reserves) and not reserved_at then
    b.level = math.max(b.level, wait * (b.rate or 0)) + 1
    b.token_level = math.max(b.token_level, wait * (b.token_rate or 0)) + tokens
    store_levels(KEYS[1], b)
  end
  if reserves and not reserved_at then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 30)
    redis.call('ZADD', KEYS[2], text(now + wait), reservation)
    redis.call('EXPIRE', KEYS[2], 3600)
  end
  if not grants then
    redis.call('ZREM', keys.waiting, call)
    return { (reserves or reserved_at) and 'reserved' or 'wait', text(wait), '0', breaker.state, breaker.scope, '' }
  end
  if reserved_at then
    redis.call('ZREM', KEYS[2], reservation)
    if late_s > 0 then make_up(KEYS[1], b, late_s, tokens) end
  end
end

if places > 0 then take_place(keys, call, now + wait, longest_call) end
local probes = {}
for _, one in ipairs({ own, whole }) do
  if try(one, call, now + wait + longest_call) then probes[#probes + 1] = one.scope end
end
return { 'granted', text(wait), text(is_reserved_for and tokens or 0), breaker.state, breaker.scope, table.concat(probes, ',') }
