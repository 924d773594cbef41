#!/bin/bash
# Holds a stack's release lock on one host, in a container of its own beside the stack's record: no
# release replaces that container, and the kernel frees the lock when this script ends. It ends with its
# input (the deployer ends, is killed, or loses its connection), and also after 15 s without a word: an
# engine that dies keeps the input open for ever, and a deployer that is suspended says nothing.
# lock.sh TOKEN reads one line, who wants the lock. Prints `held ` and the holder's line while somebody else has it,
# then `locked` and the last number that was taken. From then on only what knows TOKEN changes the host, see
# fence.sh. Each further line is answered: `beat` by `beat`, `reserve NUMBER` by `reserved NUMBER` or `refused`
# and the number that is there.
set -eu
folder=/etc/longshore
record="$folder/reservation"
token=$1

newest() {
  number=0
  if [ -s "$record" ]; then read -r number _ <"$record"; fi
  echo "$number"
}

reserve() {
  printf '%s %s\n' "$1" "$token" >"$record.new"
  mv -f "$record.new" "$record"
}

read -r holder
touch "$folder/lock" "$folder/guards" "$folder/restoring"
exec 9<"$folder/lock" 8<"$folder/guards"

told=none
until flock --nonblock 9; do
  now=$(cat "$folder/lock.holder" 2>/dev/null || true)
  if [ "$now" != "$told" ]; then
    printf 'held %s\n' "$now"
    told=$now
  fi
  status=0
  read -r -t 0.3 _ || status=$?
  # Above 128: nothing came in that time. Else nobody waits any more.
  if [ "$status" -gt 0 ] && [ "$status" -le 128 ]; then exit 0; fi
done
printf '%s\n' "$holder" >"$folder/lock.holder"
# What the last holder's guards put right after its end comes first, and what it had begun to change.
flock --timeout 120 8
reserve "$(newest)"
flock --unlock 8
echo "locked $(newest)"

while read -r -t 15 verb number; do
  case "$verb" in
    beat) echo beat ;;
    reserve)
      newest=$(newest)
      if [ "$number" -gt "$newest" ]; then
        reserve "$number"
        echo "reserved $number"
      else
        echo "refused $newest"
      fi
      ;;
  esac
done
