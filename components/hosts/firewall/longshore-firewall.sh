#!/bin/sh
# The firewall of a machine that Longshore has set up: `start` puts the rules beside this system's others, `stop` takes
# them away. The rules are in /etc/longshore-firewall/iptables and ip6tables. Safe to repeat.
set -eu
folder=/etc/longshore-firewall

jump() {
  "$1" -w -C "$2" -j "$3" 2>/dev/null || "$1" -w -I "$2" 1 -j "$3"
}

start() {
  "$1-restore" -w --noflush <"$folder/$1"
  # The engine keeps this chain, and makes it where it is not there yet.
  "$1" -w -N DOCKER-USER 2>/dev/null || true
  jump "$1" INPUT LONGSHORE-INPUT
  jump "$1" DOCKER-USER LONGSHORE-DOCKER
}

stop() {
  "$1" -w -D INPUT -j LONGSHORE-INPUT 2>/dev/null || true
  "$1" -w -D DOCKER-USER -j LONGSHORE-DOCKER 2>/dev/null || true
  for chain in LONGSHORE-INPUT LONGSHORE-DOCKER; do
    "$1" -w -F "$chain" 2>/dev/null || true
    "$1" -w -X "$chain" 2>/dev/null || true
  done
}

case ${1:-} in
start | stop) for ip in iptables ip6tables; do "$1" "$ip"; done ;;
*)
  echo "usage: longshore-firewall start|stop" >&2
  exit 2
  ;;
esac
