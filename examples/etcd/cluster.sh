#!/usr/bin/env bash
# Brings three real etcd servers up and down on loopback addresses, with every link led through a hop.
#
#   cluster.sh describe         prints the system (regions, nodes, links, load, probes)
#   cluster.sh up | down        starts all three and waits for a leader | stops what `up` started
#   cluster.sh start NAME       starts one member again, with the data it has (the restart command)
#
# State lives in $GAMEDAY_RUN_DIR/system. Each member sees its own /etc/hosts in a mount namespace of
# its own, in which the other members' names lead to the hops of that pair: this is how one advertised
# peer URL can have a different path for each dialler. Member r is 127.0.8.r (client port 2379, peer
# port 2380); clients reach it through 127.0.8.r:12379; member d dials member t at 127.0.8<d>.t:2380.
set -euo pipefail

members='n1 n2 n3'
state=${GAMEDAY_RUN_DIR:?set GAMEDAY_RUN_DIR to a folder for the state}/system
system=${GAMEDAY_SYSTEM:-'{}'}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=examples/waiting.sh
. "$here/../waiting.sh"
# Milliseconds; a heartbeat is a tenth of it.
election=1000
[[ $system =~ \"election_ms\":\ *([0-9]+) ]] && election=${BASH_REMATCH[1]}

number() { echo "${1#n}"; }

# With hops=false members dial each other directly (to look at the cluster without gameday).
hops() { case $system in *'"hops":false'*) return 1 ;; *) return 0 ;; esac }

hosts_of() { # member: the /etc/hosts it shall see
    local self=$1 peer address
    echo '127.0.0.1 localhost'
    for peer in $members; do
        address=127.0.8.$(number "$peer")
        if [ "$peer" != "$self" ] && hops; then
            address=127.0.8$(number "$self").$(number "$peer")
        fi
        echo "$address $peer.etcd.test"
    done
}

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

start() {
    local name=$1 r cluster='' each
    r=$(number "$name")
    pid_of "$name" >/dev/null && return 0
    for each in $members; do cluster+=${cluster:+,}$each=http://$each.etcd.test:2380; done
    hosts_of "$name" >"$state/$name.hosts"
    # A mount namespace takes root; a plain user gets one inside a user namespace.
    local unshare=(unshare --mount)
    [ "$(id -u)" = 0 ] || unshare=(unshare --user --map-root-user --mount)
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid "${unshare[@]}" sh -c '
        mount --bind "$1" /etc/hosts && echo $$ >"$2.tmp" && mv "$2.tmp" "$2" && shift 2 && exec "$@"' \
        start "$state/$name.hosts" "$state/$name.pid" \
        etcd --name="$name" --data-dir="$state/$name.data" \
        --listen-client-urls="http://127.0.8.$r:2379" --advertise-client-urls="http://127.0.8.$r:2379" \
        --listen-peer-urls="http://127.0.8.$r:2380" \
        --initial-advertise-peer-urls="http://$name.etcd.test:2380" \
        --initial-cluster="$cluster" --initial-cluster-token=gameday-etcd \
        --heartbeat-interval=$((election / 10)) --election-timeout="$election" --logger=zap --log-level=warn \
        </dev/null >>"$state/$name.log" 2>&1 &
    within 100 pid_of "$name" >/dev/null || give_up "etcd $name did not start" "$state/$name.log"
}

leads() { # whether some member leads: only then is anything written
    curl -fsS -m 2 -o /dev/null -d '{"key":"cmVhZHk=","value":"MQ=="}' http://127.0.8.1:2379/v3/kv/put 2>/dev/null
}

up() {
    local name
    need etcd-server etcd
    mkdir -p "$state"
    for name in $members; do start "$name"; done
    within 400 leads || give_up 'no leader after 20 s' "$state"/*.log
}

# Kills every etcd of this state folder, also one whose pid file was never written.
all_gone() {
    local pid name left=0
    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}
        for name in $members; do
            is_ours "$pid" "$name." || continue
            kill -KILL "$pid" 2>/dev/null || true
            left=1
        done
    done
    return $left
}

down() {
    within 100 all_gone || {
        echo 'etcd processes of this run do not end' >&2
        return 1
    }
}

case ${1:-} in
describe) cat "$here/system.json" ;;
up) up ;;
down) down ;;
start) start "${2:?name of the member}" ;;
*) sed -n '2,7p' "$0"; exit 64 ;;
esac
