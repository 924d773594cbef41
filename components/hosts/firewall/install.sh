#!/bin/bash
# Brings a firewall's rules about, or takes them away, as root. Variables: DO (`check`, `start`, `keep` or `remove`),
# SCRIPT (longshore-firewall.sh), RULES4, RULES6. `start` lets them end by themselves after a minute unless `keep`
# follows: whoever has shut the door on themselves is let in again.
set -euo pipefail
export LC_ALL=C
folder=/etc/longshore-firewall
program=/usr/local/sbin/longshore-firewall
unit=longshore-firewall

same() {
  [ -e "$2" ] && [ "$1" = "$(cat "$2"; echo .)" ]
}

case $DO in
check)
  for name in iptables ip6tables iptables-restore systemd-run; do
    command -v "$name" >/dev/null || echo "missing $name"
  done
  if same "$SCRIPT." "$program" && same "$RULES4." "$folder/iptables" && same "$RULES6." "$folder/ip6tables" &&
    systemctl is-active --quiet "$unit"; then
    echo same
  fi
  ;;
start)
  systemctl stop "$unit-undo.timer" 2>/dev/null || true
  systemctl reset-failed "$unit-undo.service" 2>/dev/null || true
  mkdir -p "$folder"
  printf '%s' "$SCRIPT" >"$program"
  chmod 755 "$program"
  printf '%s' "$RULES4" >"$folder/iptables"
  printf '%s' "$RULES6" >"$folder/ip6tables"
  # Before the engine: no container has a port open for a moment when the machine boots.
  cat >/etc/systemd/system/$unit.service <<UNIT
[Unit]
Description=Longshore's firewall
Before=docker.service
After=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$program start
ExecStop=$program stop

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemd-run --quiet --unit "$unit-undo" --on-active=60 systemctl stop "$unit"
  systemctl restart "$unit"
  ;;
keep)
  systemctl stop "$unit-undo.timer"
  systemctl enable --quiet "$unit"
  systemctl is-active --quiet "$unit"
  ;;
remove)
  systemctl disable --quiet --now "$unit" 2>/dev/null || true
  rm -rf "$folder" "$program" "/etc/systemd/system/$unit.service"
  systemctl daemon-reload
  ;;
esac
