-- What every script shares: the token, and the figures of a run as one line of JSON.

local token = assert(os.getenv("TOKEN"), "TOKEN is not set")

wrk.headers["Authorization"] = "Bearer " .. token

-- wrk calls it once at the end. Times are in microseconds.
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'FIGURES {"per_second": %.1f, "p50_ms": %.3f, "p99_ms": %.3f, "requests": %d, "refused": %d, "broken": %d}\n',
    (summary.requests - errors.status) / (summary.duration / 1e6),
    latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    summary.requests,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
