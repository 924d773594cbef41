#!/bin/bash
# A plain deployment by ssh: deploy.sh FOLDER brings each machine of FOLDER/machines to what its own script
# FOLDER/ADDRESS.sh says, all machines at once, each over one connection.
set -euo pipefail
folder=$1
here=$(dirname "$0")
running=()
while read -r address; do
  cat "$here/machine.sh" "$folder/$address.sh" |
    ssh -F "$folder/ssh_config" "$address" sudo bash -s >"$folder/$address.log" 2>&1 &
  running+=("$!")
done <"$folder/machines"
failed=0
for each in "${running[@]}"; do wait "$each" || failed=1; done
if [ $failed = 1 ]; then tail -n 5 "$folder"/*.log >&2; fi
exit $failed
