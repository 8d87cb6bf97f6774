-- A model's places: how many calls may be under way at once, over all workers. Shared by the scripts.
-- Flying: calls by the time of their start, dropped after the longest time that one takes. Waiting: calls that wait in a slot for
-- a place, by the time when they are given up unless they ask again. Freed: a list that wakes one of those for each end.

local LEAD_S = 0.4  -- from a place's coming free until the next job is at hand, on a busy machine
local LATER = 0.25  -- of the time that a call took which takes longer than most: so much longer it may take still

local function flying_of(key, longest)
  return redis.call('ZRANGE', key, text(now - longest), '+inf', 'BYSCORE', 'WITHSCORES')
end

-- How many are under way, how many places should come free within the horizon (one that comes free again before a job could
-- be at hand counts twice), and seconds until the first of them should.
local function places_of(keys, longest, mean, horizon)
  local flying, count, soon, first, again = flying_of(keys.flying, longest), 0, 0, 0, 0
  for i = 1, #flying, 2 do
    local took = now - tonumber(flying[i + 1])
    local left = took < mean and mean - took or math.max(0, took) * LATER
    count = count + 1
    if left <= horizon then soon = soon + 1 end
    if mean > 0 then again = again + math.floor(math.max(0, LEAD_S - left) / mean) end
    if count == 1 or left < first then first = left end
  end
  return count, soon + math.min(2, again), first
end

-- Say whether a call finds no place, and for how long that may last. It is counted among those that wait while it will ask again.
local function is_busy(keys, places, call, patience, longest, mean)
  if places <= 0 then return false, 0 end
  redis.call('ZREMRANGEBYSCORE', keys.flying, '-inf', '(' .. text(now - longest))
  local count, _, first = places_of(keys, longest, mean, 0)
  -- One that is among them asks again: its first question was answered, and the answer got lost.
  if count < places or redis.call('ZSCORE', keys.flying, call) then return false, 0 end
  if patience > 0 then
    redis.call('ZADD', keys.waiting, text(now + math.min(patience, 1)), call)
    redis.call('ZREMRANGEBYSCORE', keys.waiting, '-inf', now)
    redis.call('EXPIRE', keys.waiting, 60)
  else
    redis.call('ZREM', keys.waiting, call)
  end
  return true, first
end

local function take_place(keys, call, starts_at, longest)
  redis.call('ZADD', keys.flying, text(starts_at), call)
  redis.call('EXPIRE', keys.flying, math.ceil(longest) + 60)
  redis.call('ZREM', keys.waiting, call)
end

-- Give a call's place back, and wake one that waits.
local function free_place(keys, call)
  if redis.call('ZREM', keys.flying, call) == 0 then return end
  local waiting = redis.call('ZCOUNT', keys.waiting, now, '+inf')
  if waiting == 0 then return end
  redis.call('LPUSH', keys.freed, '1')
  redis.call('LTRIM', keys.freed, 0, waiting - 1)
  redis.call('EXPIRE', keys.freed, 5)
end
