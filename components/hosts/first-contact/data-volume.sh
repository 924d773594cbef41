#!/bin/bash
# Mounts a cloud's volume where Docker and containerd keep their data. Formats it only if it is blank.
# data-volume.sh DEVICE: a name that is the volume's alone, below /dev/disk/by-id.
set -euo pipefail
device=${1:?}
base=/var/lib/longshore-data

for _ in $(seq 300); do
  [ -b "$device" ] && break
  sleep 1
done
[ -b "$device" ] || {
  echo "$device was not attached within 5 minutes" >&2
  exit 1
}

# blkid ends with 2 where it finds nothing, and with others where it cannot tell. Only the first 4 MiB being zero, too,
# makes a volume blank: what blkid does not know may be somebody's data.
status=0
blkid -p "$device" >/dev/null 2>&1 || status=$?
if [ "$status" = 2 ]; then
  if ! cmp -s -n 4194304 "$device" /dev/zero; then
    echo "$device is not blank and holds no file system that is known here: it stays as it is" >&2
    exit 1
  fi
  mkfs.ext4 -q -L longshore-data "$device"
elif [ "$status" != 0 ]; then
  echo "$device cannot be read, or holds several file systems: it stays as it is" >&2
  exit 1
fi

uuid=$(blkid -p -s UUID -o value "$device")
mkdir -p "$base" /var/lib/docker /var/lib/containerd
# `nofail` and `wanted-by`: a machine without its volume boots and can be looked at. `required-by`: its engine does not start
# on the root disk.
engine=x-systemd.wanted-by=multi-user.target
engine=$engine,x-systemd.required-by=docker.service,x-systemd.before=docker.service
engine=$engine,x-systemd.required-by=containerd.service,x-systemd.before=containerd.service
add() { grep -q " $2 " /etc/fstab || printf '%s\n' "$1 $2 $3" >>/etc/fstab; }
add "UUID=$uuid" "$base" "auto defaults,nofail,$engine 0 2"
for name in docker containerd; do
  add "$base/$name" "/var/lib/$name" "none bind,nofail,x-systemd.requires-mounts-for=$base,$engine 0 0"
done
systemctl daemon-reload
mountpoint -q "$base" || mount "$base"
mkdir -p "$base/docker" "$base/containerd"
chmod 711 "$base/docker" "$base/containerd"
for name in docker containerd; do
  mountpoint -q "/var/lib/$name" || mount "/var/lib/$name"
done
