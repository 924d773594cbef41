#!/bin/sh
# Holds a host's release lock for as long as this script's standard input stays open: the kernel frees
# it when the deployer ends, is killed or loses its connection. Runs in the proxy's container.
# Reads one line (who wants the lock), prints `locked`, or `held ` and the holder's own line.
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
cat >/dev/null
