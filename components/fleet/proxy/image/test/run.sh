#!/bin/sh
# Runs in the image as its user: the configuration is checked, the switch and the reload work.
set -eu

here=$(dirname "$0")
master=/run/longshore/master.sock
admin=/run/longshore/admin.sock

fail() {
  echo "FAILED: $1" >&2
  exit 1
}
ok() { echo "ok: $1"; }
tell() { echo "$2" | socat -t 5 - "UNIX-CONNECT:$1"; }
page() { curl --silent --show-error --max-time 5 --unix-socket /run/longshore/public.sock http://proxy/; }
until_page() { # until_page WANTED
  tries=0
  until [ "$(page 2>/dev/null)" = "$1" ]; do
    kill -0 "$proxy" 2>/dev/null || fail "haproxy exited"
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail "the page is not '$1' after 10 s but '$(page 2>&1)'"
    sleep 0.1
  done
}
# The worker serves before the master listens on its own socket.
until_answers() { # until_answers SOCKET
  tries=0
  until tell "$1" "show version" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail "$1 does not answer after 10 s"
    sleep 0.1
  done
}
workers() { tell "$master" "show proc" | awk '$2 == "worker" { n++ } END { print n + 0 }'; }

[ "$(id -u)" = 10001 ] || fail "the user is $(id -u), not 10001"
haproxy -v | grep -q "version 3\.0\." || fail "not HAProxy 3.0: $(haproxy -v | head -n 1)"

cp "$here/haproxy.cfg" /etc/longshore/haproxy.cfg
echo "app app.a" >/etc/longshore/active.map
haproxy -c -f /etc/longshore/haproxy.cfg || fail "the sample configuration is refused"
ok "the sample configuration is valid"

# Negative control: the check refuses a mistake.
sed 's/use_backend/use_backendd/' "$here/haproxy.cfg" >/run/longshore/broken.cfg
if haproxy -c -f /run/longshore/broken.cfg >/dev/null 2>&1; then fail "a broken configuration is taken"; fi
ok "a broken configuration is refused"

haproxy -W -db -S "$master,mode,600" -f /etc/longshore/haproxy.cfg &
proxy=$!
until_page "version a"
ok "serves through the backend that the map names"
until_answers "$master"
[ "$(workers)" = 1 ] || fail "the master does not know one worker: $(tell "$master" "show proc")"
tell "$admin" "show servers state app.b" | grep -q "app.b .* s1 .* 2 0" || fail "app.b is not up: $(tell "$admin" "show servers state app.b")"
ok "the master socket and the admin socket answer"

tell "$admin" "set map /etc/longshore/active.map app app.b" >/dev/null
[ "$(page)" = "version b" ] || fail "one set map did not switch: '$(page)'"
ok "one set map switches"

# What the files say holds after a reload.
tell "$master" "reload" | grep -q "Success=1" || fail "the reload was refused"
until_page "version a"
ok "a reload takes the files"

cp /run/longshore/broken.cfg /etc/longshore/haproxy.cfg
if tell "$master" "reload" | grep -q "Success=1"; then fail "a broken configuration was reloaded"; fi
until_page "version a"
ok "a reload of a broken configuration keeps the old one serving"

kill -USR1 "$proxy"
wait "$proxy" && code=0 || code=$?
# 0 when the worker ended by itself; never by a signal.
[ "$code" = 0 ] || fail "exit code $code on SIGUSR1"
ok "stops softly"
echo "all passed"
