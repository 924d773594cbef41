#!/bin/sh
# Prints what a machine has, as root: a fact on each line, its name and its value. Changes nothing.
# facts.sh USER [VERSION]: who logs in, and the wanted version of the engine's package.
fact() { printf '%s %s\n' "$1" "$2"; }

if [ -r /etc/os-release ]; then
  # shellcheck source=/dev/null
  . /etc/os-release
fi
fact os "${ID:-unknown}"
fact system "${PRETTY_NAME:-$(uname -sr)}"
fact architecture "$(uname -m)"
fact clock "$(date +%s)"
[ -d /run/systemd/system ] && fact systemd yes
command -v apt-get >/dev/null && fact apt yes
if command -v dpkg-query >/dev/null; then
  # shellcheck disable=SC2016 # dpkg-query's own variables
  dpkg-query --show --showformat '${db:Status-Status} ${Package} ${Version}\n' \
    docker.io docker-cli docker-ce docker-ce-cli podman-docker 2>/dev/null |
    while read -r status package version; do
      if [ "$status" = installed ]; then fact package "$package $version"; fi
    done
fi
if [ -n "${2:-}" ]; then
  for name in docker-ce docker.io; do
    # shellcheck disable=SC2016 # dpkg-query's own variables
    there=$(dpkg-query --show --showformat '${db:Status-Status} ${Version}' "$name" 2>/dev/null) || continue
    case $there in installed*) ;; *) continue ;; esac
    if dpkg --compare-versions "$2" lt "${there#installed }"; then fact wanted older; else fact wanted newer; fi
    break
  done
fi
command -v dockerd >/dev/null && fact dockerd yes
if command -v docker >/dev/null; then
  fact engine "$(timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null)"
  fact driver "$(timeout 20 docker info --format '{{.Driver}}' 2>/dev/null)"
  fact holds "$({ timeout 20 docker ps --all --quiet && timeout 20 docker images --quiet; } 2>/dev/null | wc -l)"
  fact containers "$(timeout 20 docker ps --quiet 2>/dev/null | wc -l)"
  fact live-restore "$(timeout 20 docker info --format '{{.LiveRestoreEnabled}}' 2>/dev/null)"
fi
# Where the engine's data is, or will be: the first folder of its path that is there.
root=$(sed -n 's/.*"data-root"[^"]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null)
root=${root:-/var/lib/docker}
[ -d "$root/longshore-switch" ] && fact switch begun
while [ ! -d "$root" ]; do root=$(dirname "$root"); done
disk=$(stat --file-system --format %T "$root")
fact disk "$disk"
fact kernel "$(uname -r)"
if [ "$disk" = xfs ] && command -v xfs_info >/dev/null; then
  fact ftype "$(xfs_info "$root" | sed -n 's/.*ftype=\([01]\).*/\1/p')"
fi
knows=""
for name in overlay btrfs zfs fuse; do
  if grep -qw "$name" /proc/filesystems || modprobe --dry-run "$name" 2>/dev/null; then knows="$knows $name"; fi
done
fact knows "$knows"
programs=""
for name in fuse-overlayfs zfs; do
  if command -v "$name" >/dev/null; then programs="$programs $name"; fi
done
fact programs "$programs"
if [ -e /etc/docker/daemon.json ]; then
  fact daemon "$(base64 -w 0 /etc/docker/daemon.json)"
fi
# Without this right (CAP_SYS_RESOURCE, number 24) nobody there gets more open files than the first process may have.
bounds=$(awk '/^CapBnd/ { print $2 }' /proc/1/status)
if [ $(((0x$bounds >> 24) & 1)) = 0 ]; then
  fact files "$(awk '/^Max open files/ { print $5 }' /proc/1/limits)"
fi
fact groups "$(id -Gn "$1" 2>/dev/null)"
fact free "$(df -Pk /var/lib 2>/dev/null | awk 'NR == 2 { print $4 }')"
