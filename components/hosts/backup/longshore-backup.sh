#!/bin/bash
# Backups of a stack's volumes with restic, on the machine that has them, as root:
#   longshore-backup FOLDER open     opens the repository, and makes it where there is none
#   longshore-backup FOLDER now      saves all volumes, and lets old snapshots go
#   longshore-backup FOLDER list     prints facts, a line each: a word and its value
#   longshore-backup FOLDER restore VOLUME SNAPSHOT PATH HOLDER WAIT
#                                    puts a snapshot's PATH in the place of a volume's data
# FOLDER/settings is made by settings.ts. Exits with 75 where others are at it.
set -euo pipefail
trap '' PIPE # whoever reads this may be gone: what was begun comes to its end
export LC_ALL=C RESTIC_CACHE_DIR=/var/cache/longshore-backup
settings=$1
# The machine's name, the stack's record and identity, its volumes and their names on the engine, what stays, who logs in.
host='' record='' identity='' volumes=() names=() forget=() sftp_login='' sftp_port=''
# shellcheck source=/dev/null
. "$settings/settings"
id=$(basename "$settings")
unit=longshore-backup-$id
state=/var/lib/longshore-backup/$id

options=(--retry-lock 10m)
if [ -e "$settings/key" ]; then
  ssh="ssh -F none -i $settings/key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes"
  ssh+=" -o UserKnownHostsFile=$settings/known_hosts -o ConnectTimeout=30 -o ServerAliveInterval=15"
  options+=(--option "sftp.command=$ssh -p $sftp_port $sftp_login -s sftp")
fi

say() { echo "$@" || true; }
fail() {
  echo "$1" >&2
  exit "${2:-1}"
}
repository() { restic "${options[@]}" "$@"; }
mountpoint_of() { docker volume inspect --format '{{.Mountpoint}}' "$1" 2>/dev/null; }

# One at a time on a machine. take_turn SECONDS
take_turn() {
  mkdir -p "$state"
  exec 9>/run/longshore-backup.lock
  flock --timeout "$1" 9 || fail "Another backup or restore is at it on this machine: let it end, then run this again." 75
}

# put FILE TEXT: a file of the stack's record, owned as all there.
put() {
  printf '%s\n' "$2" >"$1.new"
  chown --reference="$(dirname "$1")" "$1.new"
  mv -f "$1.new" "$1"
}

# The lock of the stack's releases, until this process ends: as lock.sh of the fleet takes it in a container.
# lock_releases HOLDER SECONDS
lock_releases() {
  local folder newest=0 owner file
  folder=$(mountpoint_of "$record") || return 0 # nothing was ever released here
  for file in lock guards; do
    if (set -o noclobber && : >"$folder/$file") 2>/dev/null; then chown --reference="$folder" "$folder/$file"; fi
  done
  exec 8<"$folder/lock" 7<"$folder/guards"
  flock --timeout "$2" 8 || fail "held $(cat "$folder/lock.holder" 2>/dev/null || true)" 75
  put "$folder/lock.holder" "$1"
  # What the last holder's guards put right after its end comes first; from then on it changes nothing more.
  flock --timeout 120 7
  if [ -s "$folder/reservation" ]; then read -r newest _ <"$folder/reservation"; fi
  put "$folder/reservation" "$newest restore-$$"
  flock --unlock 7
  owner=$(sed -n 's/.*"id":"\([^"]*\)".*/\1/p' "$folder/owner.json" 2>/dev/null || true)
  [ -z "$owner" ] || [ "$owner" = "$identity" ] || fail "This machine serves the stack for another state now. Nothing was changed."
}

open() {
  local words
  if words=$(repository cat config --no-lock 2>&1); then return 0; fi
  case $words in
  *"unable to open config file"*) if words=$(repository init 2>&1); then return 0; fi ;;
  esac
  fail "The repository cannot be opened: $(tail -n 3 <<<"$words")"
}

# in_service before|after INDEX: the command that a service wants then. Data that nobody uses is as it is.
in_service() {
  local -n words="$1_$2"
  local container
  [ ${#words[@]} -gt 0 ] || return 0
  container=$(docker ps --quiet --filter "volume=${names[$2]}" --filter "label=longshore.service=${volumes[$2]%/*}" | head -n 1)
  [ -n "$container" ] || return 0
  timeout --kill-after 10 600 docker exec "$container" "${words[@]}" 2>&1 || {
    echo "\`backup.$1\` has failed"
    return 1
  }
}

# save INDEX: prints why not.
save() {
  local code=0
  in_service before "$1" && send "$1" || code=1
  in_service after "$1" || code=1
  return "$code"
}

# send INDEX
send() {
  local data output code=0 snapshot
  data=$(mountpoint_of "${names[$1]}") || return 1
  output=$(repository backup --host "$host" --tag "longshore,stack:$id,volume:${volumes[$1]}" -- "$data" 2>&1) || code=$?
  if [ "$code" = 3 ]; then # files came and went: what is not whole is no backup
    snapshot=$(sed -n 's/^snapshot \([0-9a-f]*\) saved$/\1/p' <<<"$output")
    if [ -n "$snapshot" ]; then repository forget --quiet "$snapshot" >/dev/null 2>&1 || true; fi
  fi
  if [ "$code" != 0 ]; then
    tail -n 3 <<<"$output"
    return 1
  fi
}

now() {
  local failures=() index words
  take_turn 43200
  echo "A backup that began at $(date -u +%FT%TZ) was cut off." >"$state/failure"
  # Not while a release runs: then it is left to the next one.
  if [ -e "$state/restore" ] && (lock_releases "$(holder)" 0); then
    lock_releases "$(holder)" 10
    finish_restore || failures+=("A restore that was cut off is taken back: $(cat "$state/why")")
  fi
  repository unlock >/dev/null 2>&1 || true # of those that died
  for index in "${!volumes[@]}"; do
    if ! mountpoint_of "${names[$index]}" >/dev/null; then
      failures+=("${volumes[$index]}: there is no Docker volume ${names[$index]}, or the engine does not answer")
      continue
    fi
    for _ in 1 2 3; do # a release may be at it, or files go away meanwhile
      if words=$(save "$index" 2>&1); then
        words=
        break
      fi
      sleep 3
    done
    [ -z "$words" ] || failures+=("${volumes[$index]}: $words")
  done
  if ! words=$(repository forget --quiet --prune --tag "longshore,stack:$id" --group-by tags "${forget[@]}" 2>&1); then
    failures+=("old snapshots: $words")
  fi
  if [ ${#failures[@]} -gt 0 ]; then
    printf '%s\n' "${failures[@]}" | tee "$state/failure" >&2
    exit 1
  fi
  date -u +%FT%TZ >"$state/succeeded"
  rm -f "$state/failure"
}

holder() { printf '{"actor":"backup of %s","pid":%s,"since":"%s"}' "$host" $$ "$(date -u +%FT%TZ)"; }

list() {
  local next
  next=$(systemctl show --property NextElapseUSecRealtime --value "$unit.timer")
  say "timer $(systemctl is-active "$unit.timer" || true)"
  say "service $(systemctl is-active "$unit.service" || true)"
  if [ -n "$next" ]; then say "next $(date -u --date "$next" +%FT%TZ)"; fi
  if [ -s "$state/failure" ]; then say "failure $(tr '\n' ' ' <"$state/failure")"; fi
  if [ -s "$state/succeeded" ]; then say "succeeded $(cat "$state/succeeded")"; fi
  if [ -e "$state/restore" ]; then say "cutoff yes"; fi
  say "snapshots $(repository snapshots --no-lock --json --tag "longshore,stack:$id")"
}

# --- restore: what is to be done is in a file before it is done, and doing it twice is doing it once.

# The plan: TURN is how far it came. `none`: nothing of the volume was touched; `forward`: to the restored data;
# `back`: to what there was; `clean`: what is left over goes.
remember() {
  {
    declare -p mountpoint fresh path old name containers >"$state/restore.new" &&
      echo "turn=$1" >>"$state/restore.new" &&
      sync "$state/restore.new" &&
      mv -f "$state/restore.new" "$state/restore"
  } || fail "The machine cannot keep what is to be done, in $state: is its disk full?"
}

move() { mv "$1" "$2" || fail "What is begun stays as it is: put this right, and the next restore or backup goes on."; }

stop_users() {
  local users
  mapfile -t users < <(docker ps --quiet --no-trunc --filter "volume=$name")
  [ ${#users[@]} = 0 ] || docker stop "${users[@]}" >/dev/null || fail "The containers that use $name cannot be stopped."
}

start_users() {
  local container
  for container in "${containers[@]}"; do
    # A release may have taken it away meanwhile.
    docker start "$container" >/dev/null 2>&1 || true
  done
}

started() { docker inspect --format '{{.State.Running}} {{.State.StartedAt}} {{.Name}}' "${containers[@]}" 2>/dev/null || true; }

# Whether they run on, and were not started again meanwhile.
stay_up() {
  local first second
  [ ${#containers[@]} -gt 0 ] || return 0
  first=$(started)
  sleep 3
  second=$(started)
  [ "$first" = "$second" ] && [[ $second != *false* ]]
}

# Brings what was begun to its end. Fails where the containers do not run with the restored data: then they have that of before.
finish_restore() {
  local turn container
  [ -e "$state/restore" ] || return 0
  # shellcheck source=/dev/null
  . "$state/restore"
  if [ ! -d "$(dirname "$mountpoint")" ]; then # the volume was removed since
    rm -f "$state/restore"
    return 0
  fi
  if [ "$turn" = forward ]; then
    stop_users
    [ -e "$old" ] || move "$mountpoint" "$old"
    [ -e "$mountpoint" ] || move "$fresh$path" "$mountpoint"
    start_users
    if stay_up; then
      turn=clean
      remember "$turn"
    else
      for container in "${containers[@]}"; do docker logs --tail 3 "$container" 2>&1 || true; done >"$state/why"
      turn=back
      remember "$turn"
    fi
  fi
  if [ "$turn" = back ]; then
    stop_users
    if [ -e "$old" ]; then
      [ ! -e "$mountpoint" ] || move "$mountpoint" "$fresh$path"
      move "$old" "$mountpoint"
    fi
  fi
  start_users
  rm -rf "$fresh" "$old"
  rm -f "$state/restore"
  [ "$turn" != back ]
}

restore() {
  local volume=$1 snapshot=$2 holder=$4 wait=$5 index size free
  name=
  for index in "${!volumes[@]}"; do
    [ "${volumes[$index]}" != "$volume" ] || name=${names[$index]}
  done
  mountpoint=$(mountpoint_of "$name") || fail "There is no Docker volume $name: \`longshore up\` with \`pulumi refresh\` before makes it anew."
  take_turn "$((wait > 10 ? wait : 10))"
  lock_releases "$holder" "$wait"
  if [ -e "$state/restore" ]; then
    say "a restore that was cut off comes to its end first"
    finish_restore || say "it is taken back: its containers do not run with that data"
  fi
  path=$3
  mountpoint=$(mountpoint_of "$name")
  fresh=$(dirname "$mountpoint")/longshore-restored
  old=$(dirname "$mountpoint")/longshore-replaced
  containers=()
  size=$(repository stats --no-lock --json --mode restore-size "$snapshot" | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
  free=$(df --output=avail --block-size=1 "$(dirname "$mountpoint")" | tail -n 1)
  [ "${size:-0}" -lt "$free" ] || fail "The snapshot has $size bytes, and there is room for $free beside the data that is there. Nothing was changed."
  remember none
  trap 'finish_restore || true' EXIT
  say "fetching $snapshot, and reading it again"
  repository restore "$snapshot" --target "$fresh" --verify --quiet >&2
  [ -d "$fresh$path" ] || fail "Snapshot $snapshot has no $path. Nothing was changed."
  mapfile -t containers < <(docker ps --quiet --no-trunc --filter "volume=$name")
  remember none
  say "stopping ${#containers[@]} containers that use $volume, and starting them with the restored data"
  stop_users
  remember forward
  [ ${#containers[@]} -gt 0 ] || say "nothing uses it now: \`longshore up\` starts what should"
  finish_restore || fail "The containers do not run with the restored data, and have that of before again: $(cat "$state/why")"
}

case ${2:-} in
open | now | list) "$2" ;;
restore) restore "${@:3}" ;;
*) fail "usage: longshore-backup FOLDER open|now|list|restore …" 2 ;;
esac
