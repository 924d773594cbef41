#!/bin/sh
# Puts prepared files in their place, unless a newer release has been on this host in the meantime (a
# deployer that was suspended wakes up late): commit.sh NUMBER FILE… Runs in the proxy's container.
# Each is a rename within one folder: a proxy that restarts meanwhile finds whole files.
set -eu
folder=/etc/longshore
number=$1
shift
newest=$(cat "$folder/fence" 2>/dev/null || echo 0)
if [ "$newest" -gt "$number" ]; then
  echo "release $newest has been here, which is newer than this one ($number)" >&2
  exit 76
fi
printf '%s\n' "$number" >"$folder/fence.new"
mv -f "$folder/fence.new" "$folder/fence"
mv -f "$@" "$folder/"
