#!/bin/bash
# Prints those of a replica's ports that take no connection from the proxy's container: closed-ports.sh NAME PORT...
set -eu
name=$1
shift
for port in "$@"; do
  # shellcheck disable=SC2016 # they are the inner shell's
  timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$name" "$port" 2>/dev/null || echo "$port"
done
