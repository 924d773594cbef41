-- A tiny service for test/e2e/proxy.test.ts, run by HAProxy itself: says its name.
local name = ...

core.register_service("web", "http", function(applet)
  if applet.path == "/slow" then core.msleep(100) end
  local body = name .. "\n"
  applet:set_status(applet.path == "/fail" and 500 or 200)
  applet:add_header("content-length", tostring(#body))
  applet:add_header("x-served-by", name)
  applet:start_response()
  applet:send(body)
end)

core.register_service("echo", "tcp", function(applet)
  local line = applet:getline()
  while line ~= nil and line ~= "" do
    applet:send(name .. " " .. line)
    line = applet:getline()
  end
end)
