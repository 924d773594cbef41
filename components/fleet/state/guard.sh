#!/bin/bash
# Takes back, in a proxy's container, what only makes sense while a deployer watches, when that one ends
# or says nothing for 15 s: canaries end, and requests that were held go on. Each line `canary SERVICE`
# names a service whose canary is over then, so that nobody has to judge a version that nobody watches.
# Prints `guarding`. The next holder of the host's lock waits until this script has ended.
set -eu
folder=/etc/longshore
exec 8<"$folder/guards"
flock --shared 8
echo guarding

canaries=""
while read -r -t 15 verb service; do
  if [ "$verb" = canary ]; then canaries="$canaries $service"; fi
done

tell() { socat -t15 - UNIX-CONNECT:/run/longshore/admin.sock; }

for service in $canaries; do
  sed "/^$service /d" "$folder/canary.map" >"$folder/canary.map.new"
  mv -f "$folder/canary.map.new" "$folder/canary.map"
  echo "del map $folder/canary.map $service" | tell >/dev/null
done

held=$(echo "show map $folder/held.map" | tell | awk '/^0x/ { print $2 }')
[ -n "$held" ] || exit 0
# Requests wait for a service that restarts. What serves comes back first, see restore.sh.
exec 7<"$folder/restoring"
flock --timeout 60 --shared 7 || true

# One line for each server of backend $1: its name, the address that the proxy has of it, state, host and port.
servers() {
  echo "show servers state $1" | tell | while read -r _ _ _ server address state _ _ _ _ _ _ _ _ _ _ _ host port _; do
    if [[ "$port" =~ ^[0-9]+$ ]]; then echo "$server $address $state $host $port"; fi
  done
}

# Another container may have had a server's address, and answered its checks: only new ones count.
doubt() {
  servers "$1" | while read -r server _; do
    echo "set server $1/$server health down" | tell >/dev/null
  done
}

# Whether a server of backend $1 is up by the proxy's checks of the very container, and takes connections
# at this moment.
is_up() {
  servers "$1" | while read -r _ address state host port; do
    if [ "$state" = 2 ] && [ "$(getent ahostsv4 "$host" | awk '{ print $1; exit }')" = "$address" ] &&
      timeout 1 bash -c ": >/dev/tcp/$address/$port" 2>/dev/null; then echo up; fi
  done | grep -q up
}

for service in $held; do
  backend=$(awk -v name="$service" '$1 == name { print $2 }' "$folder/slots.map")
  if [ -n "$backend" ]; then
    # A deployer may have died between the files and this command.
    echo "set map $folder/slots.map $service $backend" | tell >/dev/null
    doubt "$backend"
    for ((i = 0; i < 40; i++)); do
      if is_up "$backend"; then break; fi
      sleep 0.5
    done
  fi
done
echo "clear map $folder/held.map" | tell >/dev/null
