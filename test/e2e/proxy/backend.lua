-- A tiny service for tests of the proxy, run by HAProxy itself: says its name, by TCP until it hears `bye`. It
-- listens at once, and is ready 4 s later.
local name = ...
local started = core.now().sec

core.register_service("web", "http", function(applet)
  if applet.path == "/slow" then core.msleep(100) end
  local body = name .. "\n"
  if applet.path == "/client" then body = applet.headers["x-forwarded-for"][0] end
  if applet.path == "/scheme" then body = applet.headers["x-forwarded-proto"][0] end
  local failing = applet.path == "/fail" or (applet.path == "/ready" and core.now().sec < started + 4)
  local status = failing and 500 or 200
  -- As frameworks that look at the Host header, and at more.
  if applet.path == "/picky" then
    local function is(header, value) return (applet.headers[header] or {})[0] == value end
    status = is("host", "shop.example") and is("x-token", "it's 100% \"a\\b\" $HOME #c") and 204 or 400
  end
  applet:set_status(status)
  applet:add_header("content-length", tostring(#body))
  applet:add_header("x-served-by", name)
  applet:start_response()
  applet:send(body)
end)

core.register_service("echo", "tcp", function(applet)
  local line = applet:getline()
  while line ~= nil and line ~= "" and line ~= "bye\n" do
    applet:send(name .. " " .. line)
    line = applet:getline()
  end
end)
