#!/bin/sh
# Ends all that is left of one container: lost.sh ID, with its full id. First its processes, which are
# known by their cgroup: the id is in its name, whatever the version and driver. Then the shim that waits
# for them, so that containerd clears up. Runs in a container that sees all of the machine's processes.
# Exits with 1 if some are left after 10 s.
set -eu
id=$1

in_cgroup() {
  while read -r line; do
    case "$line" in *"$id"*) return 0 ;; esac
  done <"/proc/$1/cgroup"
  return 1
}

is_shim() {
  read -r name <"/proc/$1/comm"
  if [ "$name" != containerd-shim ]; then return 1; fi
  case "$(tr '\0' ' ' <"/proc/$1/cmdline")" in
    *" -id $id "*) return 0 ;;
  esac
  return 1
}

# Whether nothing was found; what ends meanwhile was not.
end_all() {
  none=0
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    if "$1" "$pid" 2>/dev/null; then
      none=1
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done
  return "$none"
}

tries=100
while ! { end_all in_cgroup && end_all is_shim; }; do
  tries=$((tries - 1))
  if [ "$tries" = 0 ]; then exit 1; fi
  sleep 0.1
done
