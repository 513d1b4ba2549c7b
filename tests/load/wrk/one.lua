-- One path again and again: for the bare handler, and for any path of the service.
--
--   TOKEN=... wrk -t2 -c64 -d5s -s one.lua http://127.0.0.1:8090/

dofile((debug.getinfo(1, "S").source:match("@(.*/)") or "./") .. "figures.lua")
