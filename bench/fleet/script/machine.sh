#!/bin/bash
# What a machine's own script calls, as root. Each function does nothing where all is as wanted.
set -euo pipefail

# file PATH CONTENT
file() {
  if [ "$(cat "$1" 2>/dev/null)" = "$2" ]; then return; fi
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1"
}

# Docker from the distribution's packages.
engine() {
  if command -v dockerd >/dev/null; then return; fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q </dev/null
  apt-get install -q --yes --no-install-recommends docker.io docker-cli </dev/null
}

# network NAME
network() {
  docker network inspect "$1" >/dev/null 2>&1 || docker network create "$1"
}

# container NAME ARGUMENTS: `docker run ARGUMENTS`, if it does not run with the very same ones.
container() {
  local name=$1 wanted
  shift
  wanted=$(printf '%s\n' "$@" | sha256sum | cut -d ' ' -f 1)
  if [ "$(docker inspect --format '{{.State.Running}} {{.Config.Labels.wanted}}' "$name" 2>/dev/null)" = "true $wanted" ]; then
    return
  fi
  # The image first: the old container serves meanwhile.
  docker create --name "$name-new" --label "wanted=$wanted" "$@"
  docker rm --force "$name" 2>/dev/null || true
  docker rename "$name-new" "$name"
  docker start "$name"
}
