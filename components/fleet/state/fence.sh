#!/bin/bash
# Put before scripts that change a host for whoever has its lock, see guards.ts and held-host.ts: a deployer that
# was suspended wakes up late, in the middle of a call, and somebody else may have the lock by then.
# as_holder TOKEN: goes on only if the lock's last holder has said this word, and nobody gets the lock
# until the script has ended. Nobody has locked a host that has no such file.
folder=/etc/longshore
as_holder() {
  [ -e "$folder/reservation" ] || return 0
  exec 8<"$folder/guards"
  flock --shared 8
  read -r newest holder <"$folder/reservation"
  [ "$holder" != "$1" ] || return 0
  echo "somebody else has had the lock since then, and has released up to number $newest" >&2
  exit 76
}
