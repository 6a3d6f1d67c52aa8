-- Buckets of tries: each has room for `size` tries and gets one back every `interval`.
--
-- KEYS    one bucket each: the time at which it will be whole again
-- ARGV[1] look   how long to wait until every bucket has a try?
--         take   the same, and take a try from each if there is nothing to wait for
--         spend  take a try from each in any case; a bucket cannot have less than none
--         give   give a try back to each
-- ARGV[2] the present time; empty for the server's own clock, which all processes share
-- ARGV[3…] size and interval of each bucket
--
-- Returns {time to wait, number of the bucket that makes one wait}; {0, 0} where there is a try.
-- Times are microseconds as whole numbers. The rule is the generic cell rate algorithm (ITU-T
-- I.371); the same in Python is `LocalBuckets`.

local what, now = ARGV[1], tonumber(ARGV[2])
if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local whole, wait, which = {}, 0, 0
for number, key in ipairs(KEYS) do
    local size, interval = tonumber(ARGV[2 * number + 1]), tonumber(ARGV[2 * number + 2])
    whole[number] = math.max(now, tonumber(redis.call('GET', key) or '0'))
    local missing = whole[number] + interval - now - size * interval
    if missing > wait then
        wait, which = missing, number
    end
end
if what == 'look' or (what == 'take' and wait > 0) then
    return {wait, which}
end

for number, key in ipairs(KEYS) do
    local size, interval = tonumber(ARGV[2 * number + 1]), tonumber(ARGV[2 * number + 2])
    local time
    if what == 'give' then
        time = whole[number] - interval
    else
        time = math.min(whole[number] + interval, now + size * interval)
    end
    if time > now then
        redis.call('SET', key, string.format('%.0f', time), 'PX', math.ceil((time - now) / 1000))
    else
        redis.call('DEL', key)
    end
end
return {0, 0}
