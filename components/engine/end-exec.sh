#!/bin/sh
# Ends a process that was started in a container beside its own, and all that it has started:
# end-exec.sh ID PID, with the container's full id. Runs where all of the machine's processes can be seen.
# A process that is not in that container is left alone: the number may be another one's by now.
set -eu
id=$1

in_container() {
  while read -r line; do
    case "$line" in *"$id"*) return 0 ;; esac
  done <"/proc/$1/cgroup"
  return 1
}

children() {
  for folder in /proc/[0-9]*; do
    while read -r name value; do
      if [ "$name" = PPid: ]; then
        if [ "$value" = "$1" ]; then echo "${folder#/proc/}"; fi
        break
      fi
    done <"$folder/status" 2>/dev/null || true
  done
}

# Stopped first, so that it starts nothing more while its children are looked for.
end_all() {
  if ! in_container "$1" 2>/dev/null; then return 0; fi
  kill -STOP "$1" 2>/dev/null || return 0
  for child in $(children "$1"); do end_all "$child"; done
  kill -KILL "$1" 2>/dev/null || true
}

end_all "$2"
