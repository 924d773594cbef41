#!/bin/bash
# Keeps a machine in order, as root. Prints a line for each step. May be run again.
# UPDATES: 1, to have security updates installed every night. SWAP: MiB of its swap file. Empty: there is none, and what
# was made for it before ends.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
settings=/etc/apt/apt.conf.d/52longshore-updates
swap=/var/lib/longshore-swap
swappiness=/etc/sysctl.d/60-longshore-swap.conf

# What the engine is of restarts in the night, or changes under running containers: never by itself.
wanted='APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
Unattended-Upgrade::Package-Blacklist { "docker"; "containerd"; "runc"; };
Unattended-Upgrade::Automatic-Reboot "false";'

if [ -z "$UPDATES" ]; then
  if [ -e "$settings" ]; then
    echo "ending security updates by night"
    rm -f "$settings"
  fi
elif ! printf '%s\n' "$wanted" | cmp -s - "$settings"; then
  if ! command -v apt-get >/dev/null; then
    echo "\`securityUpdates\` needs apt, and this is no Debian or Ubuntu: leave it out" >&2
    exit 1
  fi
  echo "having security updates installed by night"
  if ! command -v unattended-upgrade >/dev/null; then
    # Not by package lists of long ago.
    for arguments in update "install --no-install-recommends unattended-upgrades"; do
      # shellcheck disable=SC2086 # words
      if ! words=$(apt-get --option DPkg::Lock::Timeout="${LOCK_WAIT:-300}" --yes --quiet $arguments 2>&1 </dev/null); then
        tail -n 15 <<<"$words" >&2
        exit 1
      fi
    done
  fi
  printf '%s\n' "$wanted" >"$settings"
  systemctl enable --now --quiet apt-daily.timer apt-daily-upgrade.timer
fi

end_swap() {
  if ! [ -e "$swap" ]; then return; fi
  echo "ending its swap"
  swapoff "$swap" 2>/dev/null || true
  sed -i "\\|^$swap |d" /etc/fstab
  rm -f "$swap" "$swappiness"
}

bytes=$((${SWAP:-0} * 1024 * 1024))
if [ -z "$SWAP" ]; then
  end_swap
elif systemd-detect-virt --quiet --container; then
  echo "no swap: this machine is a container, and its kernel another one's"
elif [ "$(stat --format %s "$swap" 2>/dev/null || echo 0)" != "$bytes" ]; then
  free=$(df --output=avail --block-size=1M /var/lib | tail -n 1)
  if [ "$((SWAP + 1024))" -gt "$free" ]; then
    echo "\`swap\` is $SWAP MiB, and /var/lib has $free MiB free, of which 1024 must stay: make it smaller, or the disk larger" >&2
    exit 1
  fi
  end_swap
  echo "making a swap file of $SWAP MiB"
  # Not with holes: the kernel takes none.
  (umask 077 && dd if=/dev/zero of="$swap.new" bs=1M count="$SWAP" status=none)
  mkswap --quiet "$swap.new" >/dev/null
  mv "$swap.new" "$swap"
  echo "$swap none swap sw 0 0" >>/etc/fstab
  # Only when memory is short.
  echo "vm.swappiness = 10" >"$swappiness"
  sysctl --quiet --load "$swappiness"
  swapon "$swap"
fi
