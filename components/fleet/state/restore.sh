#!/bin/bash
# restore.sh TOKEN, after fence.sh. Brings back what serves, on the host itself, when a deployer ends (or says nothing for 15 s) while it
# replaces containers of which two cannot run at once. In a container of its own that reaches the engine.
# Reads lines until `ready`: `while KEY VALUE` begins a block, which counts only if the record's file
# `serving` still says so; `stop CONTAINER SECONDS` and `start CONTAINER` are carried out in their order.
# Prints `guarding`. A line `done` ends it without doing anything.
set -eu
folder=/etc/longshore
plan=""
while read -r line && [ "$line" != ready ]; do plan="$plan$line
"; done
as_holder "$1"
exec 7<"$folder/restoring"
flock 7
echo guarding

while read -r -t 15 word; do
  if [ "$word" = "done" ]; then exit 0; fi
done

# An engine that is away may be back soon; an answer of it counts, whichever it is: 304 says that it is so
# already, 404 that the container is gone.
ask() {
  curl --silent --show-error --retry 60 --retry-delay 1 --retry-all-errors --max-time 120 --output /dev/null \
    --unix-socket /run/engine.sock --request POST "http://engine/containers/$1" || true
}

counts=no
printf '%s' "$plan" | while read -r verb name value; do
  case "$verb" in
    while)
      counts=no
      if grep -qxF "$name $value" "$folder/serving"; then counts=yes; fi
      ;;
    stop) if [ "$counts" = yes ]; then ask "$name/stop?t=$value"; fi ;;
    start) if [ "$counts" = yes ]; then ask "$name/start"; fi ;;
  esac
done
