#!/bin/sh
# Runs in the image as its user: the configuration is taken, keys are kept over a restart.
set -eu

fail() {
  echo "FAILED: $1" >&2
  exit 1
}
expect() { # expect WANTED COMMAND...
  wanted=$1
  shift
  got=$("$@") || fail "$* exited with $?"
  [ "$got" = "$wanted" ] || fail "$*: wanted '$wanted', got '$got'"
  echo "ok: $* = $got"
}
start() {
  redis-server /etc/redis/redis.conf &
  server=$!
  tries=0
  until [ "$(redis-cli ping 2>/dev/null)" = PONG ]; do
    kill -0 "$server" 2>/dev/null || fail "redis-server exited"
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail "redis-server does not answer PING after 10 s"
    sleep 0.1
  done
}
stop() {
  kill -TERM "$server"
  wait "$server" || fail "redis-server exited with $? on SIGTERM"
}

expect 10001 id -u
expect 10001 stat -c %u /data

# Negative control: a configuration with a mistake is not taken.
if echo "no-such-setting yes" | redis-server - >/dev/null 2>&1; then fail "a bad configuration was taken"; fi
echo "ok: a bad configuration is refused"

start
expect PONG redis-cli ping
expect OK redis-cli set picture "first"
expect first redis-cli get picture
expect "" redis-cli get missing
expect allkeys-lru sh -c 'redis-cli config get maxmemory-policy | tail -n 1'
# From another address than loopback, as the app's container does.
expect PONG redis-cli -h "$(hostname -i | cut -d" " -f1)" ping
stop

start
expect first redis-cli get picture
stop
echo "all passed"
