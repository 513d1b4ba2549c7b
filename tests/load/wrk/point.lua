-- Point reads of hazards drawn from all over the ledger. IDS names a file with one id a line.
--
--   TOKEN=... IDS=ids wrk -t2 -c64 -d5s -s point.lua http://127.0.0.1:8080

dofile((debug.getinfo(1, "S").source:match("@(.*/)") or "./") .. "figures.lua")

local paths = {}
for id in io.lines((assert(os.getenv("IDS"), "IDS is not set"))) do
  paths[#paths + 1] = "/v1/hazards/" .. id
end

-- Each thread has a state of its own; without this they would all ask for the same ids.
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("place", threads)
end

function init(_)
  math.randomseed(place)
end

function request()
  return wrk.format("GET", paths[math.random(#paths)])
end
