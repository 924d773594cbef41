#!/bin/bash
# Gives a machine a disk for its engine's data, in a file system of choice, at /var/lib/docker. $KIND: ext4, xfs or btrfs.
# $OPTIONS: of mkfs. $NAME: of the file below /disk that it is in. Its loop device ends when nobody has it mounted any
# more: with the machine, however that ends. Prints why not, where the kernel has no such file system, or not with $OPTIONS.
set -euo pipefail
declare -A packages=([ext4]=e2fsprogs [xfs]=xfsprogs [btrfs]=btrfs-progs)
package=${packages[${KIND:?}]}
export DEBIAN_FRONTEND=noninteractive
command -v "mkfs.$KIND" >/dev/null || {
  apt-get update -qq
  apt-get install -o Dpkg::Options::=--force-unsafe-io -qq --yes --no-install-recommends "$package" >/dev/null 2>&1
}
file=/disk/${NAME:?}
truncate --size 2G "$file"
# shellcheck disable=SC2086 # several options
"mkfs.$KIND" -q ${OPTIONS:-} "$file"
mkdir -p /var/lib/docker
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
# Another machine may take the device that was free.
for _ in $(seq 10); do
  device=$(losetup --find | cut -d' ' -f1)
  [ -b "$device" ] || mknod "$device" b 7 "${device#/dev/loop}"
  if words=$(mount -t "$KIND" -o "loop=$device" "$file" /var/lib/docker 2>&1); then exit; fi
  [ -e "/sys/block/${device#/dev/}/loop/backing_file" ] || break
done
if grep -qw "$KIND" /proc/filesystems && [ -z "${OPTIONS:-}" ]; then
  echo "$words" >&2
  exit 1
fi
echo "$words"
