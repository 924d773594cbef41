#!/bin/bash
# Holds a host's release lock for as long as this script's standard input stays open: the kernel frees
# it when the deployer ends, is killed or loses its connection. Where the engine dies in between, its
# side of the input stays open for ever: so the deployer also says every 2 s that it is there, and has
# lost the lock after 10 s without a word. Runs in the proxy's container.
# Reads one line (who wants the lock), prints `locked`, or `held ` and the holder's own line. Each
# further line `guard SERVICE` names a service whose canary ends with the deployer, so that nobody has
# to judge a version that nobody watches. Requests that were held for the deployer go on.
set -eu
folder=/etc/longshore
read -r holder
exec 9>>"$folder/lock"
if ! flock --nonblock 9; then
  printf 'held %s\n' "$(cat "$folder/lock.holder" 2>/dev/null || true)"
  exit 75
fi
printf '%s\n' "$holder" >"$folder/lock.holder"
echo locked

guarded=""
while read -r -t 10 verb service; do
  if [ "$verb" = guard ]; then guarded="$guarded $service"; fi
done

commands="clear map $folder/held.map"
for service in $guarded; do
  commands="$commands;del map $folder/canary.map $service"
  sed "/^$service /d" "$folder/canary.map" >"$folder/canary.map.new"
  mv -f "$folder/canary.map.new" "$folder/canary.map"
done
echo "$commands" | socat -t15 - UNIX-CONNECT:/run/longshore/admin.sock >/dev/null
