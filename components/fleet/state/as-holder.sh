#!/bin/bash
# as-holder.sh TOKEN PROGRAM [ARGUMENT…]: runs a program of the proxy's container or the forwarder's, after fence.sh.
# Its input is read to the end first: the deployer that sends it may stop in the middle of it.
set -eu
token=$1
shift
input=$(cat)
as_holder "$token"
printf '%s\n' "$input" | "$@"
