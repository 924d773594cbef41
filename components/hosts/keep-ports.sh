#!/bin/sh
# Keeps published ports of a container open while dockerd restarts: keep-ports.sh ADDRESS BIND:PORT:TARGET...
# dockerd deletes its NAT rules when it starts and writes them one by one; these rules, beside its own,
# lead the same way meanwhile. ADDRESS is the container's, which must be fixed (a Fleet's proxy with
# `subnet` has the last one of it), BIND as the port is published (0.0.0.0 for all), TARGET the port in
# the container. Run as root after each boot; running it again replaces the rules of that ADDRESS, and
# without ports it removes them. Firewall rules in DOCKER-USER stay ahead. IPv4, iptables; a port at
# 127.0.0.1 needs "userland-proxy": false.
set -eu

usage() {
  echo "usage: keep-ports.sh ADDRESS [BIND:PORT:TARGET ...], e.g. 10.201.7.254 0.0.0.0:80:60080" >&2
  exit 2
}

is_address() { printf '%s\n' "$1" | grep -Eqx '([0-9]{1,3}\.){3}[0-9]{1,3}'; }
is_port() { printf '%s\n' "$1" | grep -Eqx '[1-9][0-9]{0,4}'; }

is_address "${1:-}" || usage
address=$1
shift
# For each proxy on the host its own; names may have 28 characters.
chain="LONGSHORE-$address" source_chain="LONGSHORE-S-$address"

nat="" source="" filter=""
for published in "$@"; do
  case $published in *:*:*) ;; *) usage ;; esac
  bind=${published%%:*} rest=${published#*:}
  port=${rest%%:*} target=${rest#*:}
  { is_address "$bind" && is_port "$port" && is_port "$target"; } || usage
  to="-d $bind"
  [ "$bind" != 0.0.0.0 ] || to=""
  nat="$nat
-A $chain -p tcp $to --dport $port -j DNAT --to-destination $address:$target"
  # Answers to this machine itself must come back by the container's network.
  source="$source
-A $source_chain -p tcp -d $address --dport $target -m addrtype --src-type LOCAL -j MASQUERADE"
  case $bind in 127.*) continue ;; esac # nobody else may come in
  filter="$filter
-A $chain -p tcp -d $address --dport $target -m conntrack --ctstate DNAT -j ACCEPT
-A $chain -p tcp -s $address --sport $target -m conntrack --ctstate ESTABLISHED -j ACCEPT"
done

# Each table is replaced at once: no packet meets half of the rules.
iptables-restore --wait --noflush <<END
*nat
:$chain - [0:0]
:$source_chain - [0:0]$nat$source
COMMIT
*filter
:$chain - [0:0]$filter
COMMIT
END

# jump TABLE FROM TO [MATCH ...]: there, once, and last: after what dockerd and others have.
jump() {
  table=$1 from=$2 to=$3
  shift 3
  iptables --wait -t "$table" -C "$from" "$@" -j "$to" 2>/dev/null ||
    iptables --wait -t "$table" -A "$from" "$@" -j "$to"
}
unjump() {
  table=$1 from=$2 to=$3
  shift 3
  iptables --wait -t "$table" -D "$from" "$@" -j "$to" 2>/dev/null || true
}

verb=jump
[ $# -gt 0 ] || verb=unjump
$verb nat PREROUTING "$chain" -m addrtype --dst-type LOCAL
$verb nat OUTPUT "$chain" -m addrtype --dst-type LOCAL
$verb nat POSTROUTING "$source_chain"
$verb filter FORWARD "$chain"
if [ $# -eq 0 ]; then
  for gone in "nat $chain" "nat $source_chain" "filter $chain"; do
    # shellcheck disable=SC2086 # two words
    set -- $gone
    iptables --wait -t "$1" -X "$2"
  done
fi
