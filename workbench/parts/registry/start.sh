#!/bin/sh
# Runs the registry and the gateway before it; ends when one of them does.
set -eu
rm -f /run/registry/registry.sock
docker-registry serve /etc/longshore-registry.yml &
registry=$!
haproxy -db -f /etc/longshore-gateway.cfg &
gateway=$!
trap 'kill "$registry" "$gateway" 2>/dev/null; exit 0' TERM INT
while kill -0 "$registry" 2>/dev/null && kill -0 "$gateway" 2>/dev/null; do
  sleep 1 &
  wait $!
done
kill "$registry" "$gateway" 2>/dev/null || true
exit 1
