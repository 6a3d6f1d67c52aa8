-- One attempt of one identity: counts it and tells how many microseconds it must wait (0: allowed).
--
-- KEYS[1] the identity's record: {"actions": [times], "blockedUntil": time}
-- ARGV    limit, window and block (microseconds), then the present time; without it the server's own
--         clock decides, which is the same for every process.
--
-- Times are microseconds as whole numbers: a double holds them exactly until the year 2255.

local limit, window, block = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(ARGV[4])
if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local record = redis.call('HMGET', KEYS[1], 'actions', 'blockedUntil')
local actions = {}
for time in string.gmatch(record[1] or '', '%d+') do
    -- An action exactly one window old still counts.
    if tonumber(time) >= now - window then
        actions[#actions + 1] = time
    end
end
local blocked_until = tonumber(record[2] or '0')

-- Refused while blocked: neither counted nor extended.
if now < blocked_until then
    return blocked_until - now
end

actions[#actions + 1] = string.format('%.0f', now)
local wait = 0
if #actions > limit then
    wait = block
end
redis.call('HSET', KEYS[1], 'actions', table.concat(actions, ' '),
    'blockedUntil', string.format('%.0f', wait > 0 and now + wait or 0))
redis.call('PEXPIRE', KEYS[1], math.ceil((window + block) / 1000))
return wait
