#!/bin/sh
# Makes the running HAProxy serve the certificate that is in a file now: set-certificate.sh SOCKET FILE. Prints nothing
# but HAProxy's words, and those only if it refuses. Runs in the proxy's container.
set -eu
socket=$1
file=$2

ask() { socat -t15 - "UNIX-CONNECT:$socket"; }

refused() {
  printf 'abort ssl cert %s\n' "$file" | ask >/dev/null || true
  printf '%s\n' "$1" >&2
  exit 1
}

# An empty line ends what follows `<<`.
answer=$({ printf 'set ssl cert %s <<\n' "$file" && cat "$file" && printf '\n'; } | ask)
case $answer in *'Transaction '*) ;; *) refused "$answer" ;; esac
answer=$(printf 'commit ssl cert %s\n' "$file" | ask)
case $answer in *Success!*) ;; *) refused "$answer" ;; esac
