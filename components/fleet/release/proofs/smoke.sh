#!/bin/sh
# One HTTP request from inside the proxy's container: smoke.sh URL "NAME: VALUE"... Prints the answer's head
# and the first bytes of its body in base64; what curl has to say goes to standard error.
set -eu
url=$1
shift
count=$#
while [ "$count" -gt 0 ]; do
  header=$1
  shift
  set -- "$@" --header "$header"
  count=$((count - 1))
done
curl --silent --show-error --include --http1.1 --globoff --path-as-is --max-time 10 \
  "$@" "$url" |
  head --bytes=65536 | base64 --wrap=0
