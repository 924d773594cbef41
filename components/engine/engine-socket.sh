#!/bin/sh
# Ends with 0 if the `docker` command of whoever logs in asks the engine at /var/run/docker.sock, and not one that its
# environment or its context names.
set -eu
usual=unix:///var/run/docker.sock
command -v docker >/dev/null
[ "${DOCKER_HOST:-$usual}" = "$usual" ]
[ -z "${DOCKER_CONTEXT:-}" ]
! grep -qs currentContext "${DOCKER_CONFIG:-$HOME/.docker}/config.json"
