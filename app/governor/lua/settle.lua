-- What became of a call: correct the budget, learn from the answer, tell the breaker.
-- KEYS: budget, bookings, breaker, trying
-- ARGV: caps (4), call, tokens booked, tokens used (-1: the call was not made), result (ok, fault, limited, neutral), error,
--       retry after (-1: not told), told requests, told tokens (0: not told), failures, window, ratio, least calls, cooldown, longest cooldown
-- Returns: the breaker's change (opened, closed or empty), failures in a row, cooldown.
local caps = { tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) }
local call, booked, used, result, err = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
local retry_after, told_requests, told_tokens = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
local failures, window, ratio, least = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16])
local cooldown, longest = tonumber(ARGV[17]), tonumber(ARGV[18])

-- The budget.
local b = budget(KEYS[1], caps)
if b.limited then
  if used < 0 then b.level = math.max(0, b.level - 1) end
  b.token_level = math.max(0, b.token_level + math.max(0, used) - booked)
  store_levels(KEYS[1], b)
end
if used > 0 then
  local better = booked > 0 and b.ratio * (0.9 + 0.1 * math.min(8, used / booked)) or b.ratio
  local mean = number(b.stored.mean_tokens)
  mean = mean > 0 and mean * 0.9 + used * 0.1 or used
  redis.call('HSET', KEYS[1], 'ratio', text(math.max(0.02, math.min(8, better))), 'mean_tokens', text(mean))
end
if told_requests > 0 and told_requests ~= number(b.stored.told_requests) then
  redis.call('HSET', KEYS[1], 'told_requests', told_requests, 'ceiling', 0)
end
if told_tokens > 0 and told_tokens ~= number(b.stored.told_tokens) then
  redis.call('HSET', KEYS[1], 'told_tokens', told_tokens, 'ceiling', 0)
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
local is_told = told_requests > 0 or number(b.stored.told_requests) > 0
if result == 'limited' then
  local in_a_row = number(b.stored.refused_in_a_row)
  local is_new = now - number(b.stored.cut_at) > 1  -- several refusals of one moment are one sign
  if is_new then in_a_row = in_a_row + 1 end
  local shut = retry_after >= 0 and retry_after or math.min(15, 2 ^ (in_a_row - 1))
  redis.call('HSET', KEYS[1], 'door', text(math.max(b.door, now + math.min(shut, 3600))), 'limited_at', text(now), 'refused_in_a_row', in_a_row)
  redis.call('HINCRBY', KEYS[1], 'limited', 1)
  if is_new and caps[1] <= 0 and not is_told then
    -- Nobody says what the limit is: half of what was asked lately, or what was answered, is taken for it.
    local since = math.max(1, now - number(b.stored.seen_since))
    local ended = math.max(number(b.stored.ended_rate), number(b.stored.ended) / since)
    local answered = math.max(number(b.stored.answered_rate), number(b.stored.answered) / since)
    local rate = math.max(LEAST_RATE, ended * 0.5, answered * 0.9)
    redis.call('HSET', KEYS[1], 'observed_limit', text(rate * 60), 'ceiling', 1, 'keeps', 0.85, 'cut_at', text(now),
      'untold', 1)
  elseif is_new then
    redis.call('HSET', KEYS[1], 'ceiling', text(math.max(0.02, b.factor)), 'keeps', is_told and 0.95 or 0.85, 'cut_at', text(now),
      'untold', 0)
  end
elseif result == 'ok' then
  if b.stored.refused_in_a_row and b.stored.refused_in_a_row ~= '0' then redis.call('HSET', KEYS[1], 'refused_in_a_row', 0) end
end
redis.call('EXPIRE', KEYS[1], 86400)

-- Starts that are booked already move with a door that closes and a rate that falls.
if result == 'limited' or told_requests > 0 or told_tokens > 0 then
  local after = budget(KEYS[1], caps)
  local shift = math.max(0, after.door - math.max(now, b.door))
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

-- The breaker.
local breaker = read(KEYS[3])
redis.call('ZREM', KEYS[4], call)
local was_probe = breaker.state == 'half_open' and breaker.probe == call
local change = ''
local streak = number(breaker.streak)
if result == 'neutral' then return { '', text(streak), '0' } end
if result == 'fault' then
  redis.call('HSET', KEYS[3], 'last_error', err, 'last_error_at', text(now))
  redis.call('HINCRBY', KEYS[3], 'failures', 1)
else
  redis.call('HSET', KEYS[3], 'last_ok_at', text(now), 'failures', 0)
end
local function open(seconds)
  redis.call('HSET', KEYS[3], 'state', 'open', 'opened_at', text(now), 'open_until', text(now + seconds), 'cooldown', text(seconds),
    'streak', 0, 'window_ok', 0, 'window_bad', 0, 'probe', '')
  redis.call('DEL', KEYS[4])
  return 'opened', seconds
end
if was_probe then
  if result == 'fault' then
    change, cooldown = open(math.min(longest, math.max(cooldown, number(breaker.cooldown) * 2)))
    change = 'reopened'
  else
    redis.call('HSET', KEYS[3], 'state', 'closed', 'streak', 0, 'window_ok', 0, 'window_bad', 0, 'cooldown', 0, 'probe', '')
    redis.call('DEL', KEYS[4])
    change = 'closed'
  end
elseif breaker.state ~= 'open' and breaker.state ~= 'half_open' then
  local since = number(breaker.window_since)
  local ok, bad = number(breaker.window_ok), number(breaker.window_bad)
  if now - since > window then ok, bad, since = 0, 0, now end
  if result == 'fault' then
    local first = number(breaker.streak_since)
    if streak == 0 or now - first > window then streak, first = 0, now end
    streak, bad = streak + 1, bad + 1
    redis.call('HSET', KEYS[3], 'streak', streak, 'streak_since', text(first))
    local many = ok + bad >= least and bad / (ok + bad) >= ratio
    if streak >= failures or many then change, cooldown = open(cooldown) end
  else
    ok = ok + 1
    if streak > 0 then
      redis.call('HSET', KEYS[3], 'streak', 0)
      redis.call('DEL', KEYS[4])
    end
    streak = 0
  end
  if change == '' then
    redis.call('HSET', KEYS[3], 'state', 'closed', 'window_ok', ok, 'window_bad', bad, 'window_since', text(since))
  end
end
return { change, text(streak), text(cooldown) }
