#!/bin/bash
# Installs Docker's packages and brings its settings about, as root. Prints a line for each step. What it does is
# decided beforehand, see decide.ts: variables, empty for what is not to be done.
# VERSION: of the packages, or `any`. PACKAGES: their names. BEFORE: the version that is upgraded, and put back if the
# new one does not work. SETTINGS: the whole of daemon.json. APPLY: `reload` or `restart`. LIVE_RESTORE: 1, to have
# containers go on while it restarts. GROUP_USER: who may use Docker. LOCK_WAIT: seconds for another apt.
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
    if systemctl is-failed --quiet docker; then break; fi
    sleep 0.5
  done
  echo "The engine does not answer after $((i / 2)) s. Its last words:" >&2
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

# install_version VERSION [OPTION...]: the packages that there are of those named.
install_version() {
  local found=() wanted=() name
  for name in $PACKAGES; do
    # Newer distributions have the command in a package of its own.
    if [ "$name" = docker-cli ] && ! apt-cache show docker-cli >/dev/null 2>&1; then continue; fi
    found+=("$name")
    # containerd.io counts its versions by itself.
    if [ "$1" = any ] || [ "$name" = containerd.io ]; then wanted+=("$name"); else wanted+=("$name=$1"); fi
  done
  echo "installing ${wanted[*]}"
  apt install --no-install-recommends "${@:2}" "${wanted[@]}" || return 1
  # Updates of the engine are releases of their own: nobody restarts it in the night.
  apt-mark hold "${found[@]}" >/dev/null
}

# What runs, and since when. What ends in between is left out.
running() {
  docker ps --quiet --no-trunc |
    { xargs --no-run-if-empty docker inspect --format '{{.Name}} {{.State.StartedAt}}' 2>/dev/null || true; } | sort
}

# The wanted version in the place of another one, and back if it does not work. Containers go on meanwhile.
upgrade() {
  local allow=(--allow-change-held-packages --allow-downgrades) engine=${PACKAGES%% *} before lost
  before=$(running)
  # Where it is not to be had, or another apt holds the lock, nothing is changed and nothing restarted.
  apt install --download-only --no-install-recommends "${allow[@]}" "$engine=$VERSION"
  if ! apt-cache madison "$engine" | grep --fixed-strings " $BEFORE " >/dev/null; then
    echo "$BEFORE is to be had no more: there is no way back from $VERSION"
  fi
  if install_version "$VERSION" "${allow[@]}" && restart && until_answers; then
    lost=$(comm -23 <(echo "$before") <(running))
    if [ -z "$lost" ]; then return 0; fi
    echo "The engine is $VERSION now, and these containers did not go on: ${lost//$'\n'/, }" >&2
    return 1
  fi
  systemctl reset-failed docker.service docker.socket >/dev/null 2>&1 || true
  if install_version "$BEFORE" "${allow[@]}" && restart && until_answers; then
    echo "$VERSION does not work there, and $BEFORE is put back." >&2
  else
    echo "$VERSION does not work there, and $BEFORE cannot be put back: see to the machine. Its containers may still run." >&2
  fi
  return 1
}

# Packages do not restart an engine by themselves everywhere. Whether it came up is asked of itself.
restart() { systemctl restart docker || true; }

if [ -n "$SETTINGS" ]; then
  echo "writing $file"
  write_settings
fi
if [ -n "$VERSION" ]; then
  echo "asking for packages"
  apt update
  if [ -n "$BEFORE" ]; then
    upgrade
  else
    install_version "$VERSION"
    systemctl enable --now docker.service >/dev/null 2>&1 || true
    until_answers
  fi
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
