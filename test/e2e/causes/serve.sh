#!/bin/sh
# Answers one HTTP request with status $1 after $2 seconds, or with the word $1 alone if that is
# no number; socat runs it for each connection.
while read -r line && [ "${#line}" -gt 1 ]; do :; done
sleep "${2:-0}"
case $1 in *[!0-9]*) printf '%s\r\n' "$1" && exit ;; esac
printf 'HTTP/1.1 %s Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1"
