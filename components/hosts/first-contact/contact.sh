#!/bin/bash
# A new machine's host keys and who may log in, as root. $DO is
#   meet    makes the machine's own ed25519 key if it has none, and prints its public half
#   settle  waits for cloud-init, checks that $MOUNTED are on a volume of their own, and writes $KEYS for $WHO: for a
#           minute, unless they are kept
#   keep    keeps them, and ends the one-time key, which is of type ECDSA
# Each may be run again, and after an end at any point.
set -euo pipefail
own=/etc/ssh/ssh_host_ed25519_key

find_keys() { keys=$(getent passwd "${WHO:?}" | cut -d: -f6)/.ssh/authorized_keys; }
same() { printf '%s\n' "${KEYS:?}" | cmp -s - "$keys"; }

case "${DO:?}" in
meet)
  if [ ! -s "$own" ]; then
    rm -f "$own.new" "$own.new.pub"
    ssh-keygen -q -t ed25519 -N '' -C '' -f "$own.new"
    mv "$own.new.pub" "$own.pub"
    mv "$own.new" "$own" # last: that it is there says that both are
  fi
  systemctl try-reload-or-restart ssh
  cut -d' ' -f1,2 "$own.pub"
  ;;
settle)
  if command -v cloud-init >/dev/null; then
    # 2 is a warning of cloud-init's, with all done.
    cloud-init status --wait >/dev/null || [ $? = 2 ] || {
      echo "cloud-init failed: \`cloud-init status --long\` and /var/log/cloud-init-output.log there say why" >&2
      exit 1
    }
  fi
  for folder in ${MOUNTED:-}; do
    mountpoint -q "$folder" || {
      echo "$folder is not on the data volume: /var/log/cloud-init-output.log there says why" >&2
      exit 1
    }
  done
  find_keys
  same && exit
  install -d -m 700 -o "$WHO" -g "$(id -g "$WHO")" "$(dirname "$keys")"
  printf '%s\n' "$KEYS" >"$keys.new"
  chown "$WHO:$(id -g "$WHO")" "$keys.new"
  chmod 600 "$keys.new"
  systemctl stop longshore-keys.timer 2>/dev/null || true
  if [ -e "$keys" ]; then
    # Where there is one, nobody has kept what came after it.
    [ -e "$keys.before" ] || cp -p "$keys" "$keys.before"
    systemd-run --quiet --collect --unit=longshore-keys --on-active=60 mv "$keys.before" "$keys"
  fi
  mv "$keys.new" "$keys"
  ;;
keep)
  find_keys
  same || {
    echo "the new keys were taken back after a minute: run it again" >&2
    exit 1
  }
  systemctl stop longshore-keys.timer 2>/dev/null || true
  rm -f "$keys.before"
  if [ -e /etc/ssh/ssh_host_ecdsa_key ]; then
    rm -f /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ecdsa_key.pub
    systemctl try-reload-or-restart ssh
  fi
  ;;
esac
