#!/usr/bin/env bash
# Brings a Redis primary in the region east, replicas in west and north, and a Sentinel in each of them up and down.
#
#   cluster.sh describe          prints the system (regions, nodes, links, load, probes)
#   cluster.sh up | down         starts all six, waits until they know each other | removes all of it
#   cluster.sh start NODE        starts a server again (the restart command), as whom "rejoin" says
#   cluster.sh switchover NODE   SENTINEL FAILOVER unless NODE leads: the replica of the best priority takes over
#   cluster.sh leads NODE        exits with 0 when all Sentinels say so, and NODE itself
#
# State lives in $GAMEDAY_RUN_DIR/system. Region r (1 east, 2 west, 3 north) has 127.0.16.r: a server (6379) and a
# Sentinel (26379). All go by names, which lead to other hops in each region and for each of the two: every process
# has a mount namespace with an /etc/hosts of its own. A server in d dials that of t at 127.0.16.<dt>, a Sentinel or
# client in d dials server and Sentinel of t at 127.0.16.1<dt>. `down` keeps the logs, and what each server held in
# the end and whom the Sentinels named: NODE.rows, office.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
state=$(readlink -f "${GAMEDAY_RUN_DIR:?set GAMEDAY_RUN_DIR to a folder for the state}")/system
nodes='redis-east redis-west redis-north'
sentinels='sentinel-east sentinel-west sentinel-north'
# In the command line of every process of ours; drawn by `up`, because paths may be alike in two places.
tag=$(cat "$state/tag" 2>/dev/null) || tag=gameday-$(mktemp -u XXXXXXXXXX)
system=$(cat "$state/settings" 2>/dev/null || echo "${GAMEDAY_SYSTEM:-"{}"}")

value_of() { # name, default: of the scenario's system, a flag or a number
    [[ $system =~ \"$1\":\ *([a-z0-9]+) ]] && echo "${BASH_REMATCH[1]}" || echo "$2"
}
is_set() { [ "$(value_of "$1" "$2")" = true ]; }

number() {
    case $1 in *-east) echo 1 ;; *-west) echo 2 ;; *-north) echo 3 ;; *) echo "no such node: $1" >&2; exit 64 ;; esac
}
address() { echo "127.0.16.$(number "$1")"; }
port() { case $1 in redis-*) echo 6379 ;; *) echo 26379 ;; esac }

hosts_of() { # who: the /etc/hosts it shall see; with "hops": false (without gameday) the names lead to the places
    local each hop=''
    case $1 in sentinel-*) hop=1 ;; esac
    echo '127.0.0.1 localhost'
    for each in $nodes $sentinels; do
        if [ "$each" = "$1" ] || ! is_set hops true; then
            echo "$(address "$each") $each"
        else
            echo "127.0.16.$hop$(number "$1")$(number "$each") $each"
        fi
    done
}

configuration_of() { # who
    printf '%s\n' "bind $(address "$1")" "port $(port "$1")" "dir \"$state/$1\"" 'protected-mode no' \
        'set-proc-title no' # which would hide the tag
    case $1 in
    redis-*)
        cat <<CONF
save ""
appendonly $(is_set appendonly false && echo yes || echo no)
repl-diskless-sync-delay 0
repl-ping-replica-period 1
repl-timeout 10
replica-announce-ip $1
replica-priority $((20 * $(number "$1")))
min-replicas-to-write $(value_of min_replicas 0)
min-replicas-max-lag $(value_of max_lag_s 1)
CONF
        [ "$1" = redis-east ] || echo 'replicaof redis-east 6379'
        ;;
    *)
        cat <<CONF
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $1
sentinel monitor gameday redis-east 6379 2
sentinel down-after-milliseconds gameday $(value_of down_after_ms 1000)
sentinel failover-timeout gameday $(value_of failover_timeout_ms 6000)
CONF
        ;;
    esac
}

ours() { grep -ls -e "[g]${tag#g}\.$1" /proc/[0-9]*/cmdline | cut -d/ -f3 || true; }

kill_ours() { # the tag is in all command lines
    local pids
    for _ in $(seq 200); do
        pids=$(ours '')
        [ -n "$pids" ] || return 0
        # shellcheck disable=SC2086 # a list
        kill -KILL $pids 2>/dev/null || true
        sleep 0.05
    done
    echo "processes of this run do not end: $pids" >&2
    return 1
}

ask() { # who, words: asks around the hops
    timeout 5 redis-cli -h "$(address "$1")" -p "$(port "$1")" "${@:2}" 2>/dev/null
}
is() { # who, text, words: whether the answer begins so
    local answer
    answer=$(ask "$1" "${@:3}") && [[ $answer == "$2"* ]]
}

wait_until() { # what, for 10 s; less when `down` has ended everything
    for _ in $(seq 200); do
        ! "$@" || return 0
        [ -n "$(ours '')" ] || return 1
        sleep 0.05
    done
    return 1
}

leader() { # whom most Sentinels name
    local each
    for each in $sentinels; do
        ask "$each" sentinel get-master-addr-by-name gameday | head -n 1
    done | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }'
}

leads() {
    local each
    for each in $sentinels; do is "$each" "$1" sentinel get-master-addr-by-name gameday || return 1; done
    is "$1" master role
}

launch() { # who
    local words=("$state/$tag.$1.conf")
    case $1 in sentinel-*) words+=(--sentinel) ;; esac
    mkdir -p "$state/$1"
    hosts_of "$1" >"$state/$1.hosts"
    # A mount namespace takes root; a plain user gets one inside a user namespace.
    local unshare=(unshare --mount)
    [ "$(id -u)" = 0 ] || unshare=(unshare --user --map-root-user --mount)
    # shellcheck disable=SC2016 # expanded by the inner shell
    setsid "${unshare[@]}" sh -c '
        mount --bind "$1" /etc/hosts && echo $$ >"$2.tmp" && mv "$2.tmp" "$2" && shift 2 && exec redis-server "$@"' \
        start "$state/$1.hosts" "$state/$1.pid" "${words[@]}" </dev/null >>"$state/$1.log" 2>&1 9>&- &
    wait_until is "$1" PONG ping || {
        echo "$1 did not start:" >&2
        tail -n 5 "$state/$1.log" >&2
        return 1
    }
}

start() { # node; who led before comes back as a replica, if that is wanted and another one leads
    local leads='' file="$state/$tag.$1.conf"
    [ -z "$(ours "$1.")" ] || return 0
    ! is_set rejoin true || leads=$(leader)
    if [ -n "$leads" ] && [ "$leads" != "$1" ]; then
        sed -i '/^replicaof /d' "$file"
        echo "replicaof $leads 6379" >>"$file"
    fi
    launch "$1"
}

both_replicate() { [ "$(ask redis-east info replication | grep -c 'state=online')" = 2 ]; }

# Of the fields of each record that the Sentinel shows, one a line.
field() { awk -v name="$1" 'was == name { print } { was = $0 }' | sort -u | tr '\n' ' '; }

is_ready() { # Sentinel: it could hold an election, and knows both replicas to be well
    local master replicas
    is "$1" 'OK 3 usable Sentinels' sentinel ckquorum gameday || return 1
    master=$(ask "$1" sentinel master gameday)
    replicas=$(ask "$1" sentinel replicas gameday)
    [ "$(field flags <<<"$master")" = 'master ' ] && [ "$(field num-slaves <<<"$master")" = '2 ' ] &&
        [ "$(field flags <<<"$replicas")" = 'slave ' ] && [ "$(field master-link-status <<<"$replicas")" = 'ok ' ]
}
all_ready() {
    local each
    for each in $sentinels; do is_ready "$each" || return 1; done
}

up() {
    local each
    for each in redis-server redis-cli unshare setsid flock awk; do
        command -v "$each" >/dev/null || {
            echo "$each is not installed: apt-get install redis-server redis-tools util-linux" >&2
            return 4
        }
    done
    echo "$tag" >"$state/tag"
    echo "$system" >"$state/settings"
    ln -sf "$here/cluster.sh" "$state/cluster.sh"
    for each in $nodes $sentinels; do configuration_of "$each" >"$state/$tag.$each.conf"; done
    for each in $nodes; do launch "$each"; done
    # A Sentinel that sees the primary before its replicas would look again after 10 s.
    wait_until both_replicate || { echo 'the replicas do not follow after 10 s' >&2; return 1; }
    for each in $sentinels; do launch "$each"; done
    wait_until all_ready || {
        echo 'the Sentinels are not of one mind after 10 s:' >&2
        tail -n 5 "$state"/sentinel-*.log >&2
        return 1
    }
}

offset() { ask "$1" info replication | tr -d '\r' | awk -F: '$1 == "master_repl_offset" { print $2 }'; }

all_have() { # offset, but for one node
    local each
    for each in $nodes; do
        [ "$each" = "$2" ] || [ "$(offset "$each")" -ge "$1" ] || return 1
    done
}

is_other() { local leads; leads=$(leader) && [ -n "$leads" ] && [ "$leads" != "$1" ]; }

switchover() { # whom to hand the office to
    local old new each asked=''
    old=$(leader)
    [ "$old" != "$1" ] || return 0
    if is_set graceful true; then
        # Who leads refuses to write from now on. Nothing is lost when all have what it acknowledged.
        ask "$old" config set min-replicas-to-write 9
        wait_until all_have "$(offset "$old")" "$old"
    fi
    for each in $sentinels; do
        ! is "$each" OK sentinel failover gameday || { asked=yes; break; }
    done
    if [ -z "$asked" ] || ! wait_until is_other "$old"; then
        echo 'the Sentinels do not switch' >&2
        return 1
    fi
    is_set graceful true || return 0
    # The Sentinels would make a replica of it only after 10 s. Its clients have to find the other one.
    new=$(leader)
    ask "$old" replicaof "$new" 6379
    ask "$old" config set min-replicas-to-write "$(value_of min_replicas 0)"
    ask "$old" config rewrite
    ask "$old" client kill type normal
}

down() {
    local name rows='local rows = {}
        for _, key in ipairs(redis.call("keys", "gameday:*")) do rows[#rows + 1] = redis.call("get", key) end
        return rows'
    [ -d "$state" ] || return 0
    if [ -n "$(ours '')" ]; then
        for name in $nodes; do
            ask "$name" eval_ro "$rows" 0 >"$state/$name.rows" || rm -f "$state/$name.rows"
        done
        leader >"$state/office" || rm -f "$state/office"
    fi
    # Whoever is at work here ends by this, and gives the lock back.
    kill_ours
    locked
    kill_ours
    for name in $nodes $sentinels; do rm -rf "${state:?}/$name" "$state/$name.hosts" "$state/$name.pid"; done
    rm -f "$state/settings" "$state/cluster.sh" "$state/lock" "$state"/gameday-*.conf
}

# One of us at a time starts and stops servers. What a server inherits would hold the lock.
locked() { exec 9>"$state/lock" && flock -w 30 9; }

case ${1:-} in
describe) cat "$here/system.json" ;;
up) mkdir -p "$state" && locked && up ;;
down) down ;;
start | switchover) locked && "$1" "${2:?name of the node}" ;;
leads) leads "${2:?name of the node}" ;;
*) sed -n '2,8p' "$0"; exit 64 ;;
esac
