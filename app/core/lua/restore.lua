-- Put held messages back on their lists, unless they were acknowledged meanwhile.
--
-- KEYS: the held messages by time, the held messages, then a list for each message.
-- ARGV: for each message its tag, and its text on the list.
-- Returns: how many were put back.

local restored = 0
for at = 3, #KEYS do
    local tag, message = ARGV[2 * at - 5], ARGV[2 * at - 4]
    redis.call('ZREM', KEYS[1], tag)
    if redis.call('HDEL', KEYS[2], tag) == 1 then
        redis.call('RPUSH', KEYS[at], message)
        restored = restored + 1
    end
end
return restored
