#!/usr/bin/env bash
# Brings three real etcd servers up and down, each in a network namespace of its own, on one bridge.
#
#   cluster.sh describe         prints the system (regions, nodes with their hosts, load, probes)
#   cluster.sh up | down        makes the namespaces and starts all three | stops and removes all of it
#   cluster.sh start NAME       starts one member again, with the data it has (the restart command)
#
# Member nR lives in the namespace etcd-nR with the address 10.213.0.R (client port 2379, peer port
# 2380); we are 10.213.0.254 on the bridge. There are no proxies: faults come from the kernel.
set -euo pipefail

members='n1 n2 n3'
bridge=etcdbr
state=${GAMEDAY_RUN_DIR:?set GAMEDAY_RUN_DIR to a folder for the state}/system
system=${GAMEDAY_SYSTEM:-'{}'}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Milliseconds; a heartbeat is a tenth of it.
election=1000
[[ $system =~ \"election_ms\":\ *([0-9]+) ]] && election=${BASH_REMATCH[1]}

number() { echo "${1#n}"; }

is_ours() { # pid, "NAME.": whether it is that etcd of this state folder
    local word
    while IFS= read -r -d '' word; do
        [ "$word" != "--data-dir=$state/$2data" ] || return 0
    done 2>/dev/null <"/proc/$1/cmdline"
    return 1
}

pid_of() { # member: its pid when it runs
    local pid
    pid=$(cat "$state/$1.pid" 2>/dev/null) && is_ours "$pid" "$1." && echo "$pid"
}

network() {
    local name r
    ip link show dev "$bridge" >/dev/null 2>&1 && {
        echo "an interface $bridge is here already: another run of this example, or its leftovers (ip link del $bridge)" >&2
        return 4
    }
    ip link add "$bridge" type bridge
    ip addr add 10.213.0.254/24 dev "$bridge"
    ip link set "$bridge" up
    for name in $members; do
        r=$(number "$name")
        ip netns add "etcd-$name"
        ip link add "etcd$name" type veth peer name eth0 netns "etcd-$name"
        ip link set "etcd$name" master "$bridge" up
        ip -n "etcd-$name" addr add "10.213.0.$r/24" dev eth0
        ip -n "etcd-$name" link set lo up
        ip -n "etcd-$name" link set eth0 up
    done
}

start() {
    local name=$1 r cluster='' each
    r=$(number "$name")
    pid_of "$name" >/dev/null && return 0
    for each in $members; do cluster+=${cluster:+,}$each=http://10.213.0.$(number "$each"):2380; done
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid nsenter --net="/run/netns/etcd-$name" sh -c '
        echo $$ >"$1.tmp" && mv "$1.tmp" "$1" && shift && exec "$@"' \
        start "$state/$name.pid" \
        etcd --name="$name" --data-dir="$state/$name.data" \
        --listen-client-urls="http://10.213.0.$r:2379" --advertise-client-urls="http://10.213.0.$r:2379" \
        --listen-peer-urls="http://10.213.0.$r:2380" \
        --initial-advertise-peer-urls="http://10.213.0.$r:2380" \
        --initial-cluster="$cluster" --initial-cluster-token=gameday-etcd \
        --heartbeat-interval=$((election / 10)) --election-timeout="$election" --logger=zap --log-level=warn \
        </dev/null >>"$state/$name.log" 2>&1 &
    for _ in $(seq 100); do
        pid_of "$name" >/dev/null && return 0
        sleep 0.05
    done
    echo "etcd $name did not start:" >&2
    tail -n 5 "$state/$name.log" >&2
    return 1
}

up() {
    local name
    for name in etcd ip nsenter; do
        command -v "$name" >/dev/null || {
            echo "$name is not installed: apt-get install etcd-server iproute2 util-linux" >&2
            return 4
        }
    done
    mkdir -p "$state"
    network || return
    for name in $members; do start "$name"; done
    for _ in $(seq 200); do
        if curl -fsS -m 2 -o /dev/null -d '{"key":"cmVhZHk=","value":"MQ=="}' \
            http://10.213.0.1:2379/v3/kv/put 2>/dev/null; then
            return 0
        fi
        sleep 0.1
    done
    echo 'no leader after 20 s:' >&2
    tail -n 5 "$state"/*.log >&2
    return 1
}

# Kills every etcd of this state folder, also one whose pid file was never written; then takes down
# the namespaces, with the ends of the wires in them, and the bridge.
down() {
    local pid name left=yes
    for _ in $(seq 100); do
        left=
        for pid in /proc/[0-9]*; do
            pid=${pid#/proc/}
            for name in $members; do
                if is_ours "$pid" "$name."; then
                    kill -KILL "$pid" 2>/dev/null || true
                    left=yes
                fi
            done
        done
        [ -n "$left" ] || break
        sleep 0.05
    done
    [ -z "$left" ] || {
        echo 'etcd processes of this run do not end' >&2
        return 1
    }
    for name in $members; do
        [ ! -e "/run/netns/etcd-$name" ] || ip netns del "etcd-$name"
        ip link del "etcd$name" 2>/dev/null || true
    done
    ip link del "$bridge" 2>/dev/null || true
}

case ${1:-} in
describe) cat "$here/system.json" ;;
up) up ;;
down) down ;;
start) start "${2:?name of the member}" ;;
*) sed -n '2,9p' "$0"; exit 64 ;;
esac
