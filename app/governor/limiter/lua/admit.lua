-- May one more call start? Both breakers, the places and the budget in one step.
-- KEYS: budget, bookings, the model's breaker and trying, the provider's breaker and trying, flying, waiting, freed
-- ARGV: caps (4), prompt tokens, output tokens, call, booking, longest wait, book ahead, failures, longest call,
--       places (0: any number), for how long the call will wait for a place
-- Returns: verdict (granted, wait, booked, busy, or a breaker's state), seconds, tokens booked, the stricter breaker's word and whose
-- it is (model, provider), and which breakers this call decides as a probe.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local call, booking = ARGV[7], ARGV[8]
local longest, ahead = tonumber(ARGV[9]), tonumber(ARGV[10])

local own = look('model', KEYS[3], KEYS[4], tonumber(ARGV[11]))
local whole = look('provider', KEYS[5], KEYS[6], tonumber(ARGV[11]))
local door = stricter(own, whole)
if door.wait > 0 then return { door.door, text(door.wait), '0', door.door, door.scope, '' } end

local b = budget(KEYS[1], caps)
local keys = { flying = KEYS[7], waiting = KEYS[8], freed = KEYS[9] }
local longest_call, places = tonumber(ARGV[12]), tonumber(ARGV[13])
local busy, busy_s = is_busy(keys, places, call, tonumber(ARGV[14]), longest_call, number(b.stored.mean_call_s))
if busy then return { 'busy', text(busy_s), '0', door.door, door.scope, '' } end
-- Answers of small jobs say little about large ones: a prompt has about so many tokens itself.
local prompt = tonumber(ARGV[5])
local tokens = math.max(1, prompt * 0.75, (prompt + math.min(tonumber(ARGV[6]), 512)) * b.ratio)
local wait, booked_at = 0, false
local is_booked_for = b.limited or b.door > now
if is_booked_for then
  booked_at = booking ~= '' and redis.call('ZSCORE', KEYS[2], booking)
  -- A start that is used late is missing where it was, and is one too many where it is now.
  local late_s = booked_at and now - tonumber(booked_at) or 0
  if late_s > 0 and late_s + ahead >= shortest(b) / 2 and late_s > shortest(b) * 0.025 then
    redis.call('ZREM', KEYS[2], booking)  -- in another interval: it takes another place
    booked_at = false
  end
  if booked_at then
    wait = math.max(0, tonumber(booked_at) - now, b.door - now)
  else
    wait = math.max(0, wait_of(b))
  end
  local grants = wait <= longest
  local books = not grants and booking ~= '' and wait <= ahead
  if (grants or books) and not booked_at then
    b.level = math.max(b.level, wait * (b.rate or 0)) + 1
    b.token_level = math.max(b.token_level, wait * (b.token_rate or 0)) + tokens
    store_levels(KEYS[1], b)
  end
  if books and not booked_at then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 30)
    redis.call('ZADD', KEYS[2], text(now + wait), booking)
    redis.call('EXPIRE', KEYS[2], 3600)
  end
  if not grants then
    redis.call('ZREM', keys.waiting, call)
    return { (books or booked_at) and 'booked' or 'wait', text(wait), '0', door.door, door.scope, '' }
  end
  if booked_at then
    redis.call('ZREM', KEYS[2], booking)
    if late_s > 0 then make_up(KEYS[1], b, late_s, tokens) end
  end
end

if places > 0 then take_place(keys, call, now + wait, longest_call) end
local probes = {}
for _, one in ipairs({ own, whole }) do
  if try(one, call, now + wait + longest_call) then probes[#probes + 1] = one.scope end
end
return { 'granted', text(wait), text(is_booked_for and tokens or 0), door.door, door.scope, table.concat(probes, ',') }
