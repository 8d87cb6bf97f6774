-- What became of a call: correct the budget, learn from the answer, tell the breakers.
-- KEYS: as admit
-- ARGV: caps (4), call, tokens reserved, tokens used (-1: the call was not made), result (ok, fault, limited, neutral), error,
--       whom a fault concerns (model, provider), retry after (-1: not given), the longest that is waited for,
--       advertised requests, advertised tokens (0: not known), failures, window, ratio, least calls, cooldown, longest cooldown,
--       seconds that the call took (-1: not known)
-- Returns: for the model's breaker, then for the provider's: its change (opened, reopened, closed or empty) and its cooldown.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local call, reserved, used, result, err = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
local scope, retry_after, longest_wait = ARGV[10], tonumber(ARGV[11]), tonumber(ARGV[12])
local advertised_requests, advertised_tokens = tonumber(ARGV[13]), tonumber(ARGV[14])
local rules = { failures = tonumber(ARGV[15]), window = tonumber(ARGV[16]), ratio = tonumber(ARGV[17]), least = tonumber(ARGV[18]),
  cooldown = tonumber(ARGV[19]), longest = tonumber(ARGV[20]) }

-- The budget.
local b = budget(KEYS[1], caps)
if b.limited then
  if used < 0 then b.level = math.max(0, b.level - 1) end
  b.token_level = math.max(0, b.token_level + math.max(0, used) - reserved)
  store_levels(KEYS[1], b)
end
local took = tonumber(ARGV[21])
if took >= 0 then
  local mean = number(b.stored.mean_call_s)
  redis.call('HSET', KEYS[1], 'mean_call_s', text(mean > 0 and mean * 0.7 + took * 0.3 or math.max(took, 0.001)))
end
free_place({ flying = KEYS[7], waiting = KEYS[8], freed = KEYS[9] }, call)
if used > 0 then
  local better = reserved > 0 and b.ratio * (0.9 + 0.1 * math.min(8, used / reserved)) or b.ratio
  local mean = number(b.stored.mean_tokens)
  mean = mean > 0 and mean * 0.9 + used * 0.1 or used
  redis.call('HSET', KEYS[1], 'ratio', text(math.max(0.02, math.min(8, better))), 'mean_tokens', text(mean))
end
if advertised_requests > 0 and advertised_requests ~= number(b.stored.advertised_requests) then
  redis.call('HSET', KEYS[1], 'advertised_requests', advertised_requests, 'ceiling', 0)
end
if advertised_tokens > 0 and advertised_tokens ~= number(b.stored.advertised_tokens) then
  redis.call('HSET', KEYS[1], 'advertised_tokens', advertised_tokens, 'ceiling', 0)
end
if result == 'ok' or result == 'limited' then
  local since = now - number(b.stored.seen_since)
  if since > OBSERVED_S then
    for _, name in ipairs({ 'ended', 'answered' }) do
      local rate = since < 4 * OBSERVED_S and number(b.stored[name]) / since or 0
      redis.call('HSET', KEYS[1], name, 0, name .. '_rate', text(rate))
      b.stored[name], b.stored[name .. '_rate'] = '0', text(rate)
    end
    redis.call('HSET', KEYS[1], 'seen_since', text(now))
    b.stored.seen_since = text(now)
  end
  b.stored.ended = redis.call('HINCRBY', KEYS[1], 'ended', 1)
  if result == 'ok' then redis.call('HINCRBY', KEYS[1], 'answered', 1) end
end
local is_advertised = advertised_requests > 0 or number(b.stored.advertised_requests) > 0
if result == 'limited' then
  local in_a_row = number(b.stored.rejected_in_a_row)
  local is_new = now - number(b.stored.cut_at) > 1  -- several refusals of one moment are one sign
  if is_new then in_a_row = in_a_row + 1 end
  local retry_in, why = math.min(15, 2 ^ (in_a_row - 1)), 'unstated'
  if retry_after >= 0 then
    retry_in, why = math.min(retry_after, longest_wait), retry_after > longest_wait and 'capped' or 'asked'
  end
  if now + retry_in > b.retry_at then redis.call('HSET', KEYS[1], 'retry_at', text(now + retry_in), 'retry_reason', why) end
  redis.call('HSET', KEYS[1], 'limited_at', text(now), 'rejected_in_a_row', in_a_row)
  redis.call('HINCRBY', KEYS[1], 'limited', 1)
  if is_new and caps[1] <= 0 and not is_advertised then
    -- Nobody says what the limit is: half of what was asked lately, or what was answered, is taken for it.
    local since = math.max(1, now - number(b.stored.seen_since))
    local ended = math.max(number(b.stored.ended_rate), number(b.stored.ended) / since)
    local answered = math.max(number(b.stored.answered_rate), number(b.stored.answered) / since)
    local rate = math.max(LEAST_RATE, ended * 0.5, answered * 0.9)
    redis.call('HSET', KEYS[1], 'observed_limit', text(rate * 60), 'ceiling', 1, 'keeps', 0.85, 'cut_at', text(now),
      'unadvertised', 1)
  elseif is_new then
    redis.call('HSET', KEYS[1], 'ceiling', text(math.max(0.02, b.factor)), 'keeps', is_advertised and 0.95 or 0.85, 'cut_at', text(now),
      'unadvertised', 0)
  end
elseif result == 'ok' then
  if b.stored.rejected_in_a_row and b.stored.rejected_in_a_row ~= '0' then redis.call('HSET', KEYS[1], 'rejected_in_a_row', 0) end
end
redis.call('EXPIRE', KEYS[1], 86400)

-- Starts that are reserved already move with a wait that begins and a rate that falls.
if result == 'limited' or advertised_requests > 0 or advertised_tokens > 0 then
  local after = budget(KEYS[1], caps)
  local shift = math.max(0, after.retry_at - math.max(now, b.retry_at))
  local stretch = 1
  if b.rate and after.rate then stretch = math.max(stretch, b.rate / after.rate) end
  if b.token_rate and after.token_rate then stretch = math.max(stretch, b.token_rate / after.token_rate) end
  if shift > 0 or stretch > 1.001 then
    local ahead = redis.call('ZRANGE', KEYS[2], '(' .. text(now), '+inf', 'BYSCORE', 'LIMIT', 0, 5000, 'WITHSCORES')
    for i = 1, #ahead, 2 do
      redis.call('ZADD', KEYS[2], text(now + (tonumber(ahead[i + 1]) - now) * stretch + shift), ahead[i])
    end
  end
end

-- The breakers: a fault tells the one that it concerns, an answer both.
local function result_for(whose) return result == 'fault' and scope ~= whose and 'neutral' or result end
local change, cooldown = tell(KEYS[3], KEYS[4], call, result_for('model'), err, rules)
local whole_change, whole_cooldown = tell(KEYS[5], KEYS[6], call, result_for('provider'), err, rules)
return { change, text(cooldown), whole_change, text(whole_cooldown) }
