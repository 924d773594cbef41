#!/bin/sh
# Puts prepared files in their place, unless another release has taken a number on this host in the
# meantime (a deployer that was suspended wakes up late): commit.sh NUMBER TOKEN [FILE…]. Runs in the proxy's
# container. Each is a rename within one folder: a proxy that restarts meanwhile finds whole files.
# The proxy that it runs in is the one that serves from now on: the forwarder is led to it.
# shellcheck disable=SC3028 # HOSTNAME is in the environment: the engine sets it.
set -eu
folder=/etc/longshore
number=$1
token=$2
shift 2
if [ -e "$folder/reservation" ]; then
  read -r newest taken <"$folder/reservation"
  if [ "$newest $taken" != "$number $token" ]; then
    echo "release $newest has been here since this one ($number) began" >&2
    exit 76
  fi
fi
if [ "$#" -gt 0 ]; then mv -f "$@" "$folder/"; fi
entry="$folder/entry"
mkdir -p "$entry/$HOSTNAME"
if [ "$(readlink "$entry/current" || true)" != "$HOSTNAME" ]; then
  ln -sfn "$HOSTNAME" "$entry/current.new"
  mv -fT "$entry/current.new" "$entry/current"
fi
