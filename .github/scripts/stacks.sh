#!/usr/bin/env bash
# Prints the stacks that can be deployed, as a JSON list: those with a committed Pulumi.<stack>.yaml.
# `local` and `simulation` are templates for one's own computer and are left out.
# With a stack's name as argument, the list holds that stack alone, if it can be deployed.
set -euo pipefail
cd "$(dirname "$0")/../.."

only="${1-}"
stacks=()
while IFS= read -r file; do
  stack="${file#Pulumi.}"
  stack="${stack%.yaml}"
  case "$stack" in local | simulation) continue ;; esac
  if [[ -z "$only" || "$stack" == "$only" ]]; then stacks+=("\"$stack\""); fi
done < <(git ls-files -- 'Pulumi.*.yaml')

(
  IFS=,
  echo "[${stacks[*]-}]"
)
