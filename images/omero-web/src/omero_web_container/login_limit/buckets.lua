-- Buckets of tries: each has room for `size` tries and gets one back every `interval`.
--
-- KEYS[1] a sorted set: the buckets that are not whole, each with the time at which it will be. It
--         has no expiry, so that Redis never evicts it; what is whole by now goes at each change.
-- ARGV[1] look   how long to wait until every bucket has a try?
--         take   the same, and take a try from each if there is nothing to wait for
--         spend  take a try from each in any case; a bucket cannot have less than none
--         give   give a try back to each
-- ARGV[2] the present time; empty for the server's own clock, which all processes share
-- ARGV[3] how many buckets are kept: those that would be whole first are forgotten first
-- ARGV[4…] name, size and interval of each bucket
--
-- Returns {time to wait, number of the bucket that makes one wait}; {0, 0} where there is a try.
-- Times are microseconds as whole numbers: a double, as scores are, holds them exactly until the
-- year 2255. The rule is the generic cell rate algorithm (ITU-T I.371); the same in Python is
-- `LocalBuckets`.

local what, now, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local buckets, wait, which = {}, 0, 0
for first = 4, #ARGV, 3 do
    local name, size, interval = ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
    local whole = math.max(now, tonumber(redis.call('ZSCORE', KEYS[1], name) or '0'))
    buckets[#buckets + 1] = {name = name, size = size, interval = interval, whole = whole}
    local missing = whole + interval - now - size * interval
    if missing > wait then
        wait, which = missing, #buckets
    end
end
if what == 'look' or (what == 'take' and wait > 0) then
    return {wait, which}
end

for _, bucket in ipairs(buckets) do
    local time
    if what == 'give' then
        time = bucket.whole - bucket.interval
    else
        time = math.min(bucket.whole + bucket.interval, now + bucket.size * bucket.interval)
    end
    redis.call('ZADD', KEYS[1], string.format('%.0f', time), bucket.name)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
return {0, 0}
