-- Pages of the list, one query after the other. LIST is the name of one of the sets below.
--
--   TOKEN=... LIST=three_filters wrk -t2 -c64 -d5s -s lists.lua http://127.0.0.1:8080

dofile((debug.getinfo(1, "S").source:match("@(.*/)") or "./") .. "figures.lua")

local sets = {
  -- A page of 50 under three filters: what a county's officer for one branch asks for, at any county.
  three_filters = {
    "status=closed&area=370302&industry=C",
    "status=closed&area=370303&industry=C",
    "status=closed&area=370304&industry=C",
    "status=closed&area=370305&industry=C",
    "status=closed&area=370306&industry=C",
    "status=closed&area=370321&industry=C",
    "status=closed&area=370322&industry=C",
    "status=closed&area=370323&industry=C",
  },
  -- The newest page without a filter: the cheapest list there is.
  newest = { "" },
  -- One filter and one order after the other.
  mixed = {
    "sort=due_on&status=rectifying",
    "sort=-updated_at",
    "sort=number",
    "status=reported,confirmed",
    "source=public_tip",
    "area=370303005",
    "industry=G59",
    "area=370321&sort=due_on&overdue=true",
    "kind=listed&level=municipal",
    "criterion=MEM10-2023/13.2",
    "campaign=confined_space&status=closed",
    "reported_from=2025-03-01&reported_to=2025-03-31",
    "closed_from=2025-06-01&closed_to=2025-06-30",
    "due_before=2026-12-31&sort=due_on",
    "production=suspended,partially_suspended",
  },
  -- Full-text search.
  search = {
    "q=%E6%9C%89%E9%99%90%E7%A9%BA%E9%97%B4",
    "q=%E6%B7%84%E5%B7%9D%E5%8C%BA%20%E9%85%8D%E6%96%99%E9%87%9C",
    "q=%E9%99%A4%E5%B0%98&status=rectifying",
  },
}

local name = os.getenv("LIST") or "three_filters"
local queries = assert(sets[name], "there is no set " .. name)
local place = 0

function request()
  place = place % #queries + 1
  local query = queries[place]
  return wrk.format("GET", "/v1/hazards?limit=50" .. (query == "" and "" or "&" .. query))
end
