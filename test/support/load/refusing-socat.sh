#!/bin/sh
# In the place of socat in a proxy's container: the first command that switches a service fails, all others go through.
commands=$(cat)
case "$commands" in
  *"set map"*slots.map*)
    if [ ! -e /run/longshore/refused ]; then
      : >/run/longshore/refused
      echo "told to refuse a switch" >&2
      exit 1
    fi
    ;;
esac
printf '%s\n' "$commands" | exec /usr/bin/socat.real "$@"
