#!/bin/sh
# Boots the machine. systemd from version 256 on takes the cgroups of old kernels only if it is told to.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  exec /lib/systemd/systemd
fi
exec /lib/systemd/systemd SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 systemd.unified_cgroup_hierarchy=0
