#!/bin/bash
# Installs Docker's packages and brings its settings about, as root. Prints a line for each step. What it does is
# decided beforehand, see decide.ts: variables, empty for what is not to be done.
# VERSION: of the packages, or `any`. PACKAGES: their names. SETTINGS: the whole of daemon.json. APPLY: `reload` or
# `restart`. LIVE_RESTORE: 1, to have containers go on while it restarts. GROUP_USER: who may use Docker. LOCK_WAIT:
# seconds for another apt.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
file=/etc/docker/daemon.json
lock_wait=${LOCK_WAIT:-300} # seconds

# Runs apt-get, which waits for another one; says whose it was if that takes too long.
apt() {
  local output
  if output=$(apt-get --option DPkg::Lock::Timeout="$lock_wait" --yes --quiet "$@" 2>&1 </dev/null); then return 0; fi
  if grep -q 'Could not get lock' <<<"$output"; then
    local holder
    holder=$(grep -o 'held by process [0-9]* ([^)]*)' <<<"$output" | head -n 1 || true)
    echo "apt is ${holder:-held by another process} for more than $lock_wait s: let it end, then run this again." >&2
  else
    tail -n 15 <<<"$output" >&2
  fi
  return 1
}

write_settings() {
  mkdir -p /etc/docker
  printf '%s' "$SETTINGS" >"$file.new"
  if command -v dockerd >/dev/null && dockerd --help | grep -q -- --validate; then
    if ! words=$(dockerd --validate --config-file "$file.new" 2>&1); then
      rm -f "$file.new"
      echo "The engine refuses its settings: $words" >&2
      return 1
    fi
  fi
  if [ -e "$file" ]; then cp -p "$file" "$file.before"; fi
  mv -f "$file.new" "$file"
}

until_answers() {
  for ((i = 0; i < 120; i++)); do
    if docker info >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
  echo "The engine does not answer after 60 s. Its last words:" >&2
  journalctl --unit docker --no-pager --lines 15 >&2 || true
  return 1
}

# What served before comes back, if there was anything.
take_back() {
  echo "The settings of before are put back." >&2
  if [ -e "$file.before" ]; then mv -f "$file.before" "$file"; else rm -f "$file"; fi
  systemctl reset-failed docker || true
  systemctl restart docker
}

if [ -n "$SETTINGS" ]; then
  echo "writing $file"
  write_settings
fi
if [ -n "$VERSION" ]; then
  echo "asking for packages"
  apt update
  found=()
  wanted=()
  for name in $PACKAGES; do
    # Newer distributions have the command in a package of its own.
    if [ "$name" = docker-cli ] && ! apt-cache show docker-cli >/dev/null 2>&1; then continue; fi
    found+=("$name")
    # containerd.io counts its versions by itself.
    if [ "$VERSION" = any ] || [ "$name" = containerd.io ]; then wanted+=("$name"); else wanted+=("$name=$VERSION"); fi
  done
  echo "installing ${wanted[*]}"
  apt install --no-install-recommends "${wanted[@]}"
  # Updates of the engine are releases of their own: nobody restarts it in the night.
  apt-mark hold "${found[@]}" >/dev/null
  systemctl enable --now docker.service >/dev/null 2>&1
  until_answers
elif [ -n "$APPLY" ]; then
  if [ "$APPLY" = reload ] || [ -n "$LIVE_RESTORE" ]; then
    echo "reloading the engine's settings"
    systemctl reload docker
  fi
  if [ "$APPLY" = restart ]; then
    echo "restarting the engine"
    if ! { systemctl restart docker && until_answers; }; then
      take_back
      exit 1
    fi
  fi
  until_answers
fi
rm -f "$file.before"
if [ -n "$GROUP_USER" ]; then
  echo "letting $GROUP_USER use Docker"
  usermod --append --groups docker "$GROUP_USER"
fi
echo "Docker $(docker version --format '{{.Server.Version}}') runs"
