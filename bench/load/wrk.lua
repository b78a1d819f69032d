-- Posts the bodies of a file with wrk, each thread every n-th of them, and counts the answers that accept all their items. Arguments: file of
-- bodies, text of an accepted item, how often an answer has it, requests, seconds, threads. The last line that it writes has the
-- counts (wrk.ts).

local ffi = require 'ffi'
ffi.cdef [[
  struct timespec { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct timespec *time);
]]
local MONOTONIC = 1
local time = ffi.new('struct timespec')

local function now()
  ffi.C.clock_gettime(MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local threads = {}

function setup(thread)
  thread:set('number', #threads)
  table.insert(threads, thread)
end

local requests, accepted, times, share, seconds = {}, nil, nil, nil, nil
local sent, tried, finished = 0, false, false
answered, refused, first, last = 0, 0, nil, nil

function init(args)
  local count, parts, line = tonumber(args[4]), tonumber(args[6]), 0
  accepted, times, seconds = args[2], tonumber(args[3]), tonumber(args[5])
  share = math.floor((count + parts - 1 - number) / parts)
  for body in io.lines(args[1]) do
    if line % parts == number then
      table.insert(requests, wrk.format('POST', wrk.path, { ['Content-Type'] = 'application/json' }, body))
    end
    line = line + 1
  end
end

-- True once nothing more is to be sent; says so when nothing is under way either.
local function is_over(at)
  local over = (first and at >= first + seconds) or sent >= share
  if over and answered == sent and not finished then
    finished = true
    print('finished')
    io.stdout:flush()
  end
  return over
end

function request()
  -- Before it connects, wrk asks the first thread for a request to look at, and does not send it.
  if number == 0 and not tried then
    tried = true
    return requests[1]
  end
  local at = now()
  -- A connection that gets nothing to send rests.
  if is_over(at) then return '' end
  first = first or at
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

local function is_accepted(body)
  local count, from = 0, 1
  repeat
    local _, to = body:find(accepted, from, true)
    if to then count, from = count + 1, to + 1 end
  until not to
  return count == times
end

function response(status, headers, body)
  answered, last = answered + 1, now()
  if not is_accepted(body) then
    refused = refused + 1
    local reason = body:match('"code".*') or body:match('"error.*') or body
    if refused == 1 then print('refused ' .. status .. ' ' .. reason:gsub('%s+', ' '):sub(1, 500)) end
  end
  is_over(last)
end

function done(summary, latency)
  local sum = { answered = 0, refused = 0 }
  local from, to = math.huge, 0
  for _, thread in ipairs(threads) do
    for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
    from = math.min(from, thread:get('first') or math.huge)
    to = math.max(to, thread:get('last') or 0)
  end
  local errors = summary.errors
  print(string.format(
    '{"answered":%d,"refused":%d,"broken":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f}',
    sum.answered, sum.refused, errors.connect + errors.read + errors.write + errors.timeout, to - from,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
