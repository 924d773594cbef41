#!/bin/bash
# Attaches a volume to a machine that has no udev, by the name $NAME. It is the file $FILE, or a blank one that ends with
# the machine.
set -euo pipefail
file=${FILE:-/volume}
[ -e "$file" ] || truncate --size 64M "$file"
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
for _ in 1 2 3 4 5; do
  device=$(losetup --find | cut -d' ' -f1)
  [ -b "$device" ] || mknod "$device" b 7 "${device#/dev/loop}"
  losetup "$device" "$file" 2>/dev/null && break
done
# Detached when nobody has it open any more.
systemd-run --quiet --unit="volume-$(basename "$NAME")" \
  sh -c "exec 3<$device; losetup --detach $device; exec sleep infinity"
until [ "$(cat "/sys/block/${device#/dev/}/loop/autoclear")" = 1 ]; do sleep 0.1; done
mkdir -p "$(dirname "$NAME")"
ln -sf "$device" "$NAME"
