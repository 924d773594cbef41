#!/bin/bash
# Sets a stack's backups up on a machine, or takes them away, as root. Variables: DO (`check`, `set` or `remove`), ID
# (the stack's name here); for the first two SCHEDULE; for `set` PROGRAM (longshore-backup.sh), SETTINGS, KEY and KNOWN_HOSTS
# (empty without SFTP), SERVICE and TIMER. `check` prints a line for each thing that is wrong, and changes nothing.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
folder=/etc/longshore-backup/$ID
program=/usr/local/sbin/longshore-backup
unit=longshore-backup-$ID
oldest=0.16 # has --retry-lock

version() { restic version 2>/dev/null | sed -n 's/^restic \([0-9.]*\).*/\1/p'; }

install_packages() {
  local needed=() output candidate
  command -v restic >/dev/null || needed+=(restic)
  [ -z "$KEY" ] || command -v ssh >/dev/null || needed+=(openssh-client)
  if [ ${#needed[@]} -gt 0 ]; then
    output=$(apt-get --option DPkg::Lock::Timeout=300 --quiet update 2>&1) || echo "apt-get update: $(tail -n 3 <<<"$output")" >&2
    candidate=$(apt-cache policy restic | sed -n 's/^ *Candidate: //p')
    if [[ ${needed[*]} == *restic* ]] && ! dpkg --compare-versions "${candidate:-0}" ge "$oldest"; then
      echo "The distribution has restic ${candidate:-not at all}, and $oldest or newer is needed: Debian 13, Ubuntu 24.04; or put one into /usr/local/bin." >&2
      exit 1
    fi
    echo "installing ${needed[*]}"
    if ! output=$(apt-get --option DPkg::Lock::Timeout=300 --yes --quiet install --no-install-recommends "${needed[@]}" 2>&1 </dev/null); then
      tail -n 10 <<<"$output" >&2
      exit 1
    fi
  fi
  if ! dpkg --compare-versions "$(version)" ge "$oldest"; then
    echo "restic $(version) is too old: $oldest or newer is needed (Debian 13, Ubuntu 24.04)." >&2
    exit 1
  fi
}

# write FILE TEXT: for root alone.
write() { (umask 077 && printf '%s' "$2" >"$1"); }

case $DO in
check)
  [ -d /run/systemd/system ] || echo "has no systemd"
  command -v docker >/dev/null || echo "has no \`docker\` command"
  command -v restic >/dev/null || command -v apt-get >/dev/null || echo "has neither restic nor apt"
  if command -v systemd-analyze >/dev/null && ! words=$(systemd-analyze calendar "$SCHEDULE" 2>&1); then
    echo "does not take \`backup.schedule\` (${words%%$'\n'*}): give what \`systemd-analyze calendar\` takes, e.g. \`daily\`"
  fi
  ;;
set)
  install_packages
  (umask 077 && mkdir -p /etc/longshore-backup /var/lib/longshore-backup /var/cache/longshore-backup)
  rm -rf "$folder.new"
  (umask 077 && mkdir "$folder.new")
  trap 'rm -rf "$folder.new"' EXIT
  write "$folder.new/settings" "$SETTINGS"
  if [ -n "$KEY" ]; then
    write "$folder.new/key" "$KEY"
    write "$folder.new/known_hosts" "$KNOWN_HOSTS"
  fi
  # What does not open the repository is not put in the place of what does.
  # shellcheck disable=SC2153 # set by who runs this
  bash -c "$PROGRAM" longshore-backup "$folder.new" open
  printf '%s' "$PROGRAM" >"$program.new"
  chmod 755 "$program.new"
  mv -f "$program.new" "$program"
  rm -rf "$folder"
  mv "$folder.new" "$folder"
  printf '%s' "$SERVICE" >"/etc/systemd/system/$unit.service"
  printf '%s' "$TIMER" >"/etc/systemd/system/$unit.timer"
  systemctl daemon-reload
  systemctl enable --quiet "$unit.timer"
  systemctl restart "$unit.timer"
  ;;
remove)
  systemctl disable --quiet --now "$unit.timer" 2>/dev/null || true
  rm -rf "$folder" "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer" "/var/lib/longshore-backup/$ID"
  # Other stacks may have theirs.
  if rmdir /etc/longshore-backup 2>/dev/null; then rm -rf "$program" /var/cache/longshore-backup; fi
  systemctl daemon-reload
  ;;
esac
