-- Two breakers stand before each model: its own, and its provider's for what concerns all of it. Shared by the scripts.
-- Each is a hash, beside a sorted set of the calls that try it: when each of them is given up.

local STRICTNESS = { closed = 0, trial = 1, probe = 2, doubted = 3, half_open = 4, open = 5, forced_open = 6 }

-- What a breaker says to one more call: a word, and seconds to wait.
local function state_of(breaker, trying, failures)
  if breaker.forced == '1' then return 'forced_open', 5 end
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

local function look(scope, key, trying, failures)
  local one = { scope = scope, key = key, trying = trying, stored = read(key) }
  one.state, one.wait = state_of(one.stored, trying, failures)
  return one
end

-- The breaker that holds more back; of two that are open the one that opens later.
local function stricter(a, b)
  if STRICTNESS[a.state] == STRICTNESS[b.state] then return a.wait >= b.wait and a or b end
  return STRICTNESS[a.state] > STRICTNESS[b.state] and a or b
end

-- Let a call through that may be a test; it is given up at a time. Says whether it is the probe that decides.
local function try(one, call, until_s)
  if one.state ~= 'probe' and one.state ~= 'trial' then return false end
  redis.call('ZADD', one.trying, text(until_s), call)
  redis.call('EXPIRE', one.trying, 7200)
  if one.state == 'probe' then redis.call('HSET', one.key, 'state', 'half_open', 'probe', call) end
  return one.state == 'probe'
end

local function open(one, seconds)
  redis.call('HSET', one.key, 'state', 'open', 'opened_at', text(now), 'open_until', text(now + seconds), 'cooldown', text(seconds),
    'streak', 0, 'window_ok', 0, 'window_bad', 0, 'probe', '')
  redis.call('DEL', one.trying)
end

-- Of a breaker that is closed: count a call; says whether it opened.
local function count(one, result, rules)
  local stored = one.stored
  local since, ok, bad = number(stored.window_since), number(stored.window_ok), number(stored.window_bad)
  if now - since > rules.window then ok, bad, since = 0, 0, now end
  local streak = number(stored.streak)
  if result == 'fault' then
    local first = number(stored.streak_since)
    if streak == 0 or now - first > rules.window then streak, first = 0, now end
    streak, bad = streak + 1, bad + 1
    redis.call('HSET', one.key, 'streak', streak, 'streak_since', text(first))
    local many = ok + bad >= rules.least and bad / (ok + bad) >= rules.ratio
    if streak >= rules.failures or many then
      open(one, rules.cooldown)
      return true
    end
  else
    ok = ok + 1
    if streak > 0 then
      redis.call('HSET', one.key, 'streak', 0)
      redis.call('DEL', one.trying)
    end
  end
  redis.call('HSET', one.key, 'state', 'closed', 'window_ok', ok, 'window_bad', bad, 'window_since', text(since))
  return false
end

-- Tell a breaker how a call ended: ok, fault or neutral, which says nothing about it. Returns its change and its cooldown.
local function tell(key, trying, call, result, err, rules)
  local one = { key = key, trying = trying, stored = read(key) }
  redis.call('ZREM', trying, call)
  if result == 'neutral' then return '', 0 end
  if result == 'fault' then
    redis.call('HSET', key, 'last_error', err, 'last_error_at', text(now))
    redis.call('HINCRBY', key, 'failures', 1)
  else
    redis.call('HSET', key, 'last_ok_at', text(now), 'failures', 0)
  end
  local state = one.stored.state
  if state == 'half_open' and one.stored.probe == call then
    if result == 'fault' then
      local seconds = math.min(rules.longest, math.max(rules.cooldown, number(one.stored.cooldown) * 2))
      open(one, seconds)
      return 'reopened', seconds
    end
    redis.call('HSET', key, 'state', 'closed', 'streak', 0, 'window_ok', 0, 'window_bad', 0, 'cooldown', 0, 'probe', '')
    redis.call('DEL', trying)
    return 'closed', 0
  end
  if state ~= 'open' and state ~= 'half_open' and count(one, result, rules) then return 'opened', rules.cooldown end
  return '', 0
end
