#!/bin/bash
# guard.sh TOKEN, after fence.sh. Takes back, in a proxy's container, what only makes sense while a deployer watches, when that one ends
# or says nothing for 15 s: canaries end, and requests that were held go on. Each line `canary SERVICE`
# names a service whose canary is over then, so that nobody has to judge a version that nobody watches.
# Each line `tell COMMANDS` is passed on to the proxy, and each line `run WORDS` is a program of the container's with its
# arguments, each ended by a zero, all in base64. Both are fenced, and answered by `did STATUS LINES` and so many lines.
# Prints `guarding`. The next holder of the host's lock waits until this script has ended: what it is told is its own
# deployer's.
set -eu
folder=/etc/longshore
token=$1
as_holder "$token"
echo guarding

tell() { socat -t15 - UNIX-CONNECT:/run/longshore/admin.sock; }

pass() { echo "$1" | tell; }

as_told() {
  as_holder "$token"
  "$@"
}

answer() {
  status=0
  text=$(as_told "$@" 2>&1 </dev/null) || status=$?
  mapfile -t lines <<<"$text"
  printf '%s\n' "did $status ${#lines[@]}" "${lines[@]}"
}

canaries=""
while read -r -t 15 verb words; do
  case "$verb" in
    canary) canaries="$canaries $words" ;;
    tell) answer pass "$words" ;;
    run)
      mapfile -d '' -t program < <(base64 -d <<<"$words")
      answer "${program[@]}"
      ;;
  esac
done

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

# One line for each server of backend $1 that the proxy has the address of its container of: its name, state
# (2: up), result of its last check (3: passed), address and port.
servers() {
  echo "show servers state $1" | tell |
    while read -r _ _ _ server address state admin _ _ _ _ result _ _ _ _ _ host port _; do
      [[ "$port" =~ ^[0-9]+$ ]] || continue # a headline
      # 32: it has no address yet; and one that was just found is taken for up until its first check.
      if ((admin & 32)); then continue; fi
      if [ "$(getent ahostsv4 "$host" | awk '{ print $1; exit }')" = "$address" ]; then
        echo "$server $state $result $address $port"
      fi
    done
}

# Another container may have had a server's address, and answered its checks: only new ones count.
doubt() {
  servers "$1" | while read -r server _; do
    echo "set server $1/$server health down" | tell >/dev/null
  done
}

# Whether a server of backend $1 is up by the proxy's checks, and takes connections at this moment.
is_up() {
  servers "$1" | while read -r _ state result address port; do
    if [ "$state" = 2 ] && [ "$result" = 3 ] &&
      timeout 1 bash -c ": >/dev/tcp/$address/$port" 2>/dev/null; then echo up; fi
  done | grep -q up
}

for service in $held; do
  backend=$(awk -v name="$service" '$1 == name { print $2 }' "$folder/slots.map")
  if [ -n "$backend" ]; then
    # A deployer may have died between the files and this command.
    echo "set map $folder/slots.map $service $backend" | tell >/dev/null
    doubted=no
    for ((i = 0; i < 40; i++)); do
      if [ "$doubted" = no ]; then
        if [ -n "$(servers "$backend")" ]; then
          doubt "$backend"
          doubted=yes
        fi
      elif is_up "$backend"; then
        break
      fi
      sleep 0.5
    done
  fi
done
echo "clear map $folder/held.map" | tell >/dev/null
