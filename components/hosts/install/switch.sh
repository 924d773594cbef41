#!/bin/bash
# Gives an engine that has images and containers another storage driver, as root. Prints a line for each step. On any
# failure the old driver comes back with what ran. What it does is decided beforehand, see decide.ts: variables.
# FROM, TO: drivers. SETTINGS: the whole of the new daemon.json. RECOVER: 1, to end a switch that was cut off, and no more.
set -euo pipefail
export LC_ALL=C
# The connection may end meanwhile: what was begun is ended all the same.
trap '' PIPE HUP
file=/etc/docker/daemon.json
stage=looking
step="looking at it"

say() { echo "$1" || true; }
refuse() {
  echo "The storage driver is not switched: $1. Nothing was changed." >&2 || true
  exit 1
}

# Of settings on standard input.
data_root() {
  local path
  path=$(sed -n 's/.*"data-root"[^"]*"\([^"]*\)".*/\1/p')
  echo "${path:-/var/lib/docker}"
}

until_answers() {
  for ((i = 0; i < 120; i++)); do
    if docker info >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  journalctl --unit docker --no-pager --lines 15 >&2 || true
  return 1
}

# The list of containers lags a moment behind a stop.
until_nothing_runs() {
  local words
  for ((i = 0; i < 20; i++)); do
    words=$(docker ps --format '{{.Names}}') || return 1
    if [ -z "$words" ]; then return 0; fi
    sleep 0.5
  done
  echo "These run again: ${words//$'\n'/, }" >&2
  return 1
}

# Its socket first, if it has one: that would start it again. It comes back with the engine.
stop_engine() {
  systemctl stop docker.socket 2>/dev/null || true
  systemctl stop docker
}

# systemd refuses a fourth start within a minute, unless its count begins anew.
start_engine() {
  systemctl reset-failed docker docker.socket 2>/dev/null || true
  systemctl start docker && until_answers
}

# A container may use another one's network, and starts only after it: as many rounds as it takes.
start_again() {
  local left=("$@") failed
  while [ ${#left[@]} -gt 0 ]; do
    failed=()
    for id in "${left[@]}"; do docker start "$id" >/dev/null 2>"$work/words" || failed+=("$id"); done
    if [ ${#failed[@]} -eq ${#left[@]} ]; then
      cat "$work/words" >&2
      return 1
    fi
    left=(${failed[@]+"${failed[@]}"})
  done
}

take_back() {
  say "taking the old storage driver back"
  # Stopped only where the engine may have the new driver.
  if [ -e "$work/before" ]; then
    stop_engine || return 1
    if [ -s "$work/before" ]; then cp -p "$work/before" "$file" || return 1; else rm -f "$file"; fi
    if [ -d "$work/buildkit" ]; then
      rm -rf --one-file-system "${root:?}/buildkit" && mv "$work/buildkit" "$root/buildkit" || return 1
    fi
  fi
  start_engine || return 1
  [ "$(docker info --format '{{.Driver}}')" = "$FROM" ] || return 1
  mapfile -t running <"$work/running"
  start_again ${running[@]+"${running[@]}"} || return 1
  # Last: the old driver serves again, whatever this does.
  rm -rf --one-file-system "${root:?}/image/${TO:?}" "${root:?}/$TO" && rm -rf --one-file-system "$work"
}

# The old driver's data, and its containers: they would be back, with names that others have, at the next switch.
clean_up() {
  while read -r id; do rm -rf --one-file-system "$root/containers/${id:?}"; done <"$work/containers"
  rm -rf --one-file-system "${root:?}/image/${FROM:?}" "${root:?}/$FROM"
  rm -rf --one-file-system "$work"
}

at_exit() {
  local code=$?
  trap - EXIT
  set +e
  case $stage in
    saving)
      rm -rf --one-file-system "$work"
      echo "The storage driver is not switched: it failed while $step. Nothing was changed." >&2
      ;;
    cleaning)
      echo "The engine has $TO with its images. What $FROM left in $root could not be removed, with the list of it in" \
        "$work: run this again once the cause is gone." >&2
      ;;
    recovering)
      echo "A switch from $FROM to $TO was cut off, and $FROM could not be brought back whole. Its data is in $root, the" \
        "settings of before in $work/before: run this again once the cause is gone." >&2
      ;;
    changing)
      if take_back; then
        echo "Switching from $FROM to $TO failed while $step. $FROM is back, with what ran." >&2
      else
        echo "Switching from $FROM to $TO failed while $step, and $FROM could not be brought back whole. Its data is" \
          "in $root, the settings of before in $work/before: run this again once the cause is gone." >&2
      fi
      ;;
  esac
  exit "$code"
}

recover() {
  if [ ! -e "$work/drivers" ]; then
    rm -rf --one-file-system "$work"
    return
  fi
  read -r FROM TO <"$work/drivers"
  if [ -e "$work/done" ]; then
    stage=cleaning
    say "removing what $FROM left"
    clean_up
  else
    say "a switch from $FROM to $TO was cut off"
    stage=recovering
    take_back
    stage=recovered
  fi
}

check() {
  local strangers lines once there
  [ "$(docker info --format '{{.DockerRootDir}}')" = "$root" ] || refuse "its engine's data is not in $root"
  [ "$(data_root <<<"$SETTINGS")" = "$root" ] || refuse "the settings move the engine's data. Do that by itself"
  if docker info --format '{{.DriverStatus}}' | grep -q io.containerd; then
    refuse "its images are in containerd's store, which this does not know"
  fi
  [ "$(docker info --format '{{.Driver}}')" = "$FROM" ] || refuse "its driver is no longer $FROM"
  lines=$(docker ps --all --format '{{.Names}} {{.Label "longshore.stack"}}')
  strangers=$(awk 'NF == 1 { printf "%s%s", sep, $1; sep = ", " }' <<<"$lines")
  if [ -n "$strangers" ]; then
    refuse "these containers are not Longshore's, and nobody would make them again: $strangers. Remove them there first"
  fi
  mapfile -t there < <(docker ps --all --quiet)
  if [ ${#there[@]} -gt 0 ]; then
    once=$(docker inspect --format '{{.HostConfig.AutoRemove}} {{.Name}}' "${there[@]}" |
      awk '$1 == "true" { sub("/", "", $2); printf "%s%s", sep, $2; sep = ", " }')
    if [ -n "$once" ]; then refuse "these containers end for good when they are stopped: $once. Let them end first"; fi
  fi
  if [ -e "$root/image/$TO" ] || [ -e "$root/$TO" ]; then
    refuse "$root has data of an earlier $TO. Remove $root/image/$TO and $root/$TO there, if nobody needs them"
  fi
  mapfile -t ids < <(docker images --quiet --no-trunc | sort -u)
  if [ ${#ids[@]} -gt 0 ]; then
    local need free
    # Once in the archive, and once in the new driver beside the old; vfs has every layer with all below it.
    need=$(docker image inspect --format '{{.Size}} {{len .RootFS.Layers}}' "${ids[@]}" |
      awk -v to="$TO" '{ sum += $1 * (1 + (to == "vfs" ? $2 : 1)) } END { printf "%.0f", sum / 1048576 + 64 }')
    free=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt "$need" ]; then
      refuse "$root has $free MiB free, and its images need up to $need MiB meanwhile. Remove images, or make the disk larger"
    fi
  fi
  # SETTINGS are checked before anything stops.
  printf '%s' "$SETTINGS" >"$file.new"
  if dockerd --help | grep -q -- --validate && ! words=$(dockerd --validate --config-file "$file.new" 2>&1); then
    rm -f "$file.new"
    refuse "the engine does not take its settings: $words"
  fi
  rm -f "$file.new"
}

save() {
  local saved=()
  mkdir -m 700 "$work"
  stage=saving
  docker ps --all --quiet --no-trunc >"$work/containers"
  docker ps --quiet --no-trunc >"$work/running"
  mapfile -t saved < <(docker images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | sort -u)
  if [ ${#ids[@]} -gt 0 ]; then
    say "saving ${#ids[@]} images"
    step="saving its images"
    docker save --output "$work/images.tar" ${saved[@]+"${saved[@]}"} "${ids[@]}"
  fi
  printf '%s %s\n' "$FROM" "$TO" >"$work/drivers"
  sync "$work"
}

change() {
  local running
  mapfile -t running <"$work/running"
  stage=changing
  if [ ${#running[@]} -gt 0 ]; then
    say "stopping ${#running[@]} containers"
    step="stopping its containers"
    docker stop "${running[@]}" >/dev/null
  fi
  step="looking whether its containers stand"
  until_nothing_runs
  say "switching from $FROM to $TO"
  step="stopping the engine"
  stop_engine
  step="starting the engine with $TO"
  if [ -e "$file" ]; then cp -p "$file" "$work/before.new"; else : >"$work/before.new"; fi
  mv "$work/before.new" "$work/before"
  sync "$work"
  # What it built and kept is in layers of the old driver.
  if [ -d "$root/buildkit" ]; then mv "$root/buildkit" "$work/buildkit"; fi
  mkdir -p /etc/docker
  printf '%s' "$SETTINGS" >"$file.new"
  mv -f "$file.new" "$file"
  start_engine
  step="looking whether the engine has $TO"
  [ "$(docker info --format '{{.Driver}}')" = "$TO" ]
  if [ -e "$work/images.tar" ]; then
    say "loading ${#ids[@]} images"
    step="loading its images"
    docker load --quiet --input "$work/images.tar" >/dev/null
    step="looking for its images"
    docker image inspect "${ids[@]}" >/dev/null
  fi
  touch "$work/done"
  sync "$work"
  stage=cleaning
}

# In one function, so that all of it is read before any of it runs.
main() {
  exec 8>/run/longshore-switch.lock
  flock --nonblock 8 || refuse "another switch runs there"
  if [ -e "$file" ]; then root=$(data_root <"$file"); else root=/var/lib/docker; fi
  work=$root/longshore-switch
  trap at_exit EXIT
  if [ -n "${RECOVER:-}" ]; then
    recover
    return
  fi
  check
  save
  change
  clean_up
  say "the engine has $TO and its images; its containers are gone, to be made anew by a release"
}
main
