-- One step between a worker and the lists: acknowledge, record, take.
--
-- KEYS: the held messages by the time they were taken (a sorted set), the held messages (a hash), what this worker's
--   last taking took, then the lists in the order in which they are emptied.
-- ARGV: the turn, the first turn whose answer did not arrive (0: none), how many may be taken, for how many seconds a
--   taking is remembered, how many tags are acknowledged, how many messages are recorded; then the tags, the recorded
--   messages as tag and record, and for each list the end of the records of its messages.
-- Returns: the records of messages that a lost answer brought, and what was taken, as place of the list and message.

local index, held, last = KEYS[1], KEYS[2], KEYS[3]
local turn, lost, room, remember_s, acked, recorded = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4],
    tonumber(ARGV[5]), tonumber(ARGV[6])
local first_recorded = 6 + acked
local first_end = first_recorded + 2 * recorded
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])

local scores, records = {}, {}
local function record(tag, text)
    scores[#scores + 1] = now
    scores[#scores + 1] = tag
    records[#records + 1] = tag
    records[#records + 1] = text
end

if acked > 0 then
    redis.call('ZREM', index, unpack(ARGV, 7, first_recorded))
    redis.call('HDEL', held, unpack(ARGV, 7, first_recorded))
end
for at = first_recorded + 1, first_end, 2 do
    record(ARGV[at], ARGV[at + 1])
end

local again, tags = {}, {}
if lost > 0 then
    local taken = redis.call('GET', last)
    if taken and tonumber(string.match(taken, '^%d+')) >= lost then
        for tag in string.gmatch(taken, ' (%S+)') do
            local text = redis.call('HGET', held, tag)
            if text then
                again[#again + 1] = text
                tags[#tags + 1] = tag
            end
        end
    end
end

local taken = {}
room = room - #again
for at = 4, #KEYS do
    local popped = redis.pcall('RPOP', KEYS[at], room) -- an error here would lose what other lists gave
    for _, message in ipairs(type(popped) == 'table' and popped or {}) do
        -- Text of a message's own cannot look like this: its quotes are escaped.
        local tag = string.match(message, '"delivery_tag": ?"([^"%s\\]+)"')
        if tag then
            record(tag, '[' .. message .. ARGV[first_end + at - 3])
            tags[#tags + 1] = tag
        end
        taken[#taken + 1] = at - 4
        taken[#taken + 1] = message
        room = room - 1
    end
end
if #records > 0 then
    redis.call('ZADD', index, unpack(scores))
    redis.call('HSET', held, unpack(records))
end
if #tags > 0 then
    redis.call('SET', last, turn .. ' ' .. table.concat(tags, ' '), 'EX', remember_s)
end
return {again, taken}
