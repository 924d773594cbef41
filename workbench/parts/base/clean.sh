#!/bin/sh
# Takes out of the new system ($1) what differs from run to run or is of no use in an image: apt's
# lists and caches, whose files and owners depend on the machine they are made on.
set -eu
rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/archives/* "$1"/var/cache/apt/*.bin
