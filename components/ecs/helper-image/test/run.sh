#!/bin/bash
# Tests of the helper image, run in it as root.
set -euo pipefail

folder=$(mktemp --directory)
LONGSHORE_SECRET_A='a b' LONGSHORE_SECRET_B=$'two\nlines' secrets "$folder" 10001:10002 A B
[ "$(cat "$folder/A")" = 'a b' ]
[ "$(stat --format='%a %u:%g' "$folder/B")" = '400 10001:10002' ]
if secrets "$folder" '' MISSING; then exit 1; fi

state=$(mktemp --directory)
export LONGSHORE_STATE=$state LONGSHORE_LOG=$state/log
if check --tcp 9 1; then exit 1; fi
curl --version
