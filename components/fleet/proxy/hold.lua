-- Lets requests and new connections wait while the service that they are for restarts.
-- Arguments: the map of held services (empty in its file: a proxy that restarts holds nobody), and the
-- longest that one request waits, in seconds. What waited longer gets `txn.overdue`.
local path, longest = ...
local held = Map.new(path, Map._str)
local pace = 20 -- milliseconds between two looks

local function now()
  local time = core.now()
  return time.sec + time.usec / 1000000
end

core.register_action("hold", { "http-req", "tcp-req" }, function(txn)
  local service = txn:get_var("txn.service")
  local deadline = now() + tonumber(longest)
  while held:lookup(service) ~= nil do
    if now() >= deadline then
      txn:set_var("txn.overdue", true)
      return
    end
    core.msleep(pace)
  end
end)
