#!/usr/bin/env bash
# Runs a command in a laboratory: a network of its own, where it may make namespaces and cut wires
# without touching this machine's. Needs no privileges where user namespaces are allowed.
#
#   examples/lab.sh build/release/bin/gameday run examples/etcd_netns/leader_partitioned.json
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,5p' "$0"; exit 64; }

namespaces=(--net --mount)
[ "$(id -u)" = 0 ] || namespaces+=(--user --map-root-user)
# A /run of its own: the names of namespaces (/run/netns) stand there.
# shellcheck disable=SC2016 # expanded by the inner shell
GAMEDAY_IN_LAB=yes exec unshare "${namespaces[@]}" sh -c '
    mount -t tmpfs -o mode=755 tmpfs /run && ip link set lo up && exec "$@"' lab "$@"
