#!/bin/sh
# Runs in the image as its user: the configuration is taken, keys are kept over a restart. Listens on
# a socket instead of a port, because builds may share the network of the machine they run on.
set -eu

socket=/tmp/redis.sock

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
  redis-server /etc/redis/redis.conf --port 0 --unixsocket "$socket" &
  server=$!
  tries=0
  until [ "$(redis-cli -s "$socket" ping 2>/dev/null)" = PONG ]; do
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
expect PONG redis-cli -s "$socket" ping
expect OK redis-cli -s "$socket" set picture "first"
expect first redis-cli -s "$socket" get picture
expect "" redis-cli -s "$socket" get missing
expect allkeys-lru sh -c "redis-cli -s $socket config get maxmemory-policy | tail -n 1"
# Other containers reach it without a password, on every address.
expect no sh -c "redis-cli -s $socket config get protected-mode | tail -n 1"
expect "* -::*" sh -c "redis-cli -s $socket config get bind | tail -n 1"
stop

start
expect first redis-cli -s "$socket" get picture
stop
echo "all passed"
