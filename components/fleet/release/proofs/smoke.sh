#!/bin/sh
# One HTTP request from inside the proxy's container: smoke.sh URL HOST. Prints the answer's head and
# the first bytes of its body in base64; what curl has to say goes to standard error.
set -eu
curl --silent --show-error --include --http1.1 --globoff --path-as-is --max-time 10 \
  --header "Host: $2" --header 'User-Agent: longshore-smoke' --header 'Connection: close' "$1" |
  head --bytes=65536 | base64 --wrap=0
