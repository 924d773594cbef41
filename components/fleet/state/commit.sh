#!/bin/sh
# Puts prepared files in their place: commit.sh [FILE…]. Runs in the proxy's container, by as-holder.sh. Each is
# a rename within one folder: a proxy that restarts meanwhile finds whole files.
# The proxy that it runs in is the one that serves from now on: the forwarder is led to it.
# shellcheck disable=SC3028 # HOSTNAME is in the environment: the engine sets it.
set -eu
folder=/etc/longshore
if [ "$#" -gt 0 ]; then mv -f "$@" "$folder/"; fi
entry="$folder/entry"
mkdir -p "$entry/$HOSTNAME"
if [ "$(readlink "$entry/current" || true)" != "$HOSTNAME" ]; then
  ln -sfn "$HOSTNAME" "$entry/current.new"
  mv -fT "$entry/current.new" "$entry/current"
fi
