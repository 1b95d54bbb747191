#!/usr/bin/env bash
# Brings a PostgreSQL primary in the region east and a streaming standby in the region west up and down.
#
#   cluster.sh describe         prints the system (regions, nodes, links, load, probes)
#   cluster.sh up | down        starts both and a watchdog, waits until they replicate | removes all of it
#   cluster.sh start NODE       starts a server again (the restart command), as whom "rejoin" says
#   cluster.sh rejoin NODE      throws its data away, copies the other's, and follows it
#   cluster.sh switchover       stops the primary in order, then promotes the standby
#   cluster.sh leads NODE       exits with 0 when it is a primary
#
# State lives in $GAMEDAY_RUN_DIR/system. pg-east serves at 127.0.15.1, pg-west at 127.0.15.2, port 5432.
# Clients of region R dial port 1543R of either, a server dials port 1500R of the other: hops of gameday.
# `down` keeps the logs, and what each server held and was in the end: NODE.rows, NODE.office.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
state=$(readlink -f "${GAMEDAY_RUN_DIR:?set GAMEDAY_RUN_DIR to a folder for the state}")/system
nodes='pg-east pg-west'
# In the command line of every process of ours; drawn by `up`, because paths may be alike in two places.
tag=gameday-$(mktemp -u XXXXXXXXXX)
[ ! -e "$state/tag" ] || tag=$(<"$state/tag")
system=${GAMEDAY_SYSTEM:-"{}"}
[ ! -e "$state/settings" ] || system=$(<"$state/settings")
# shellcheck source=examples/waiting.sh
. "$here/../waiting.sh"
cd /

# Debian's own psql is a wrapper in Perl, too slow for a watchdog.
for each in /usr/lib/postgresql/*/bin; do PATH=$each:$PATH; done

value_of() { # name, default: of the scenario's system, a flag or a number
    [[ $system =~ \"$1\":\ *([a-z0-9]+) ]] && echo "${BASH_REMATCH[1]}" || echo "$2"
}
is_set() { [ "$(value_of "$1" "$2")" = true ]; }

number() { case $1 in pg-east) echo 1 ;; pg-west) echo 2 ;; *) echo "no such node: $1" >&2; exit 64 ;; esac }
address() { echo "127.0.15.$(number "$1")"; }
other() { case $1 in pg-east) echo pg-west ;; *) echo pg-east ;; esac }
path_to() { # node, port of the hop: where to dial it; with "hops": false (without gameday) the node itself
    is_set hops true || { echo "host=$(address "$1") port=5432"; return; }
    echo "host=$(address "$1") port=$2"
}

# PostgreSQL refuses to run as root. Root becomes the user postgres, who may not enter the folders above
# the state: in a mount namespace it is at that user's home. A root who is nobody else (in a user
# namespace of a plain user) takes another name in one more.
as=() home=$state
if [ "$(id -u)" = 0 ] && setpriv --reuid=postgres --regid=postgres --clear-groups true 2>/dev/null; then
    home=/var/lib/postgresql
    # shellcheck disable=SC2016 # expanded by the inner shell
    as=(unshare --mount sh -c 'mount --bind "$1" "$2" && shift 2 &&
        exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"' sh "$state" "$home")
elif [ "$(id -u)" = 0 ]; then
    as=(unshare --user --map-user="$(id -u postgres)" --map-group="$(id -g postgres)")
fi

ours() { grep -ls -e "[g]${tag#g}-$1" /proc/[0-9]*/cmdline | cut -d/ -f3 || true; }

none_of() { [ -z "$(ours "$1")" ]; }

kill_ours() { # NODE, watchdog, or nothing for all: PostgreSQL's processes have the tag in their titles
    # shellcheck disable=SC2046 # a list
    killed() { none_of "$1" || { kill -KILL $(ours "$1") 2>/dev/null; false; }; }
    within 200 killed "${1:-}" || { echo "processes of this run do not end: $(ours "${1:-}")" >&2; return 1; }
}

ask() { # node, statement: asks it around the hops
    timeout 5 psql -XAtq "host=$(address "$1") user=gameday dbname=postgres connect_timeout=2" -c "$2"
}
leads() { [ "$(ask "$1" 'select not pg_is_in_recovery()' 2>/dev/null)" = t ]; }

launch() { # node
    local name=$1 synchronous=''
    none_of "$name" || return 0
    [ -e "$state/$name/standby.signal" ] || ! is_set synchronous false || synchronous='*'
    setsid "${as[@]}" postgres -D "$home/$name" -c listen_addresses="$(address "$name")" \
        -c cluster_name="$tag-$name" -c synchronous_standby_names="$synchronous" \
        </dev/null >>"$state/$name.log" 2>&1 9>&- &
    within 300 pg_isready -q -h "$(address "$name")" -U gameday -d postgres ||
        give_up "$name did not start" "$state/$name.log"
}

create() { # node: a new database with the table of the load, and two roles that may do little
    "${as[@]}" initdb -D "$home/$1" -N -U postgres -A trust -E UTF8 --locale=C --wal-segsize=4 --no-instructions \
        >>"$state/$1.log" 2>&1
    cat >"$state/$1/pg_hba.conf" <<'HBA'
host all gameday 127.0.0.0/8 trust
host replication replica 127.0.0.0/8 trust
HBA
    # Clients that give up on a synchronous commit leave their backends to wait: that takes many.
    cat >>"$state/$1/postgresql.conf" <<CONF
unix_socket_directories = ''
max_connections = $(value_of connections 1000)
shared_buffers = 16MB
wal_keep_size = 64MB
wal_sender_timeout = 5s
wal_receiver_timeout = 5s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
CONF
    "${as[@]}" postgres --single -D "$home/$1" postgres >>"$state/$1.log" 2>&1 <<'SQL'
create table gameday (k bigint primary key, v bigint)
create role replica login replication
create role gameday login in role pg_monitor
grant select, insert, update on gameday to gameday
grant execute on function pg_promote(boolean, integer) to gameday
SQL
}

copy() { # node: the other's data as its own, to follow it
    local from
    from=$(other "$1")
    "${as[@]}" pg_basebackup -D "$home/$1" -N -R -X stream -c fast -r 32M \
        -d "$(path_to "$from" "1500$(number "$1")") \
        user=replica connect_timeout=2 application_name=$tag-$1" >>"$state/$1.log" 2>&1 ||
        give_up "$1 cannot copy $from" "$state/$1.log"
}

rejoin() { # node
    kill_ours "$1"
    rm -rf "${state:?}/$1"
    copy "$1"
    launch "$1"
}

start() { # node; who led before comes back as a standby, if that is wanted and another one leads
    none_of "$1" || return 0
    if is_set rejoin true && [ ! -e "$state/$1/standby.signal" ] && leads "$(other "$1")"; then
        rejoin "$1"
    else
        launch "$1"
    fi
}

watch() {
    local back=() who="user=gameday dbname=postgres application_name=$tag-watchdog"
    ! is_set rejoin true || back=("$here/cluster.sh" rejoin pg-east "$tag-watchdog")
    setsid "$here/watchdog.py" "$tag-watchdog" "$(value_of check_ms 500)e-3" "$(path_to pg-east 15432) $who" \
        "host=$(address pg-west) $who" "${back[@]}" </dev/null >>"$state/watchdog.log" 2>&1 9>&- &
}

follows() { # state of the standby: "streaming|async"
    [ "$(ask pg-east 'select state, sync_state from pg_stat_replication')" = "$1" ]
}

up() {
    local sync=async
    need 'postgresql util-linux' postgres psql pg_basebackup setpriv unshare flock
    ! is_set synchronous false || sync=sync
    [ "$home" = "$state" ] || chown postgres "$state"
    echo "$tag" >"$state/tag"
    echo "$system" >"$state/settings"
    ln -sf "$here/cluster.sh" "$state/cluster.sh"
    create pg-east
    launch pg-east
    copy pg-west
    launch pg-west
    within 200 follows "streaming|$sync" || give_up 'the standby does not follow after 10 s' "$state"/*.log
    ! is_set watchdog true || watch
}

switchover() {
    local east
    kill_ours watchdog
    # All that was acknowledged is at the standby when a server has stopped in order (SIGINT).
    ! east=$(head -n 1 "$state/pg-east/postmaster.pid" 2>/dev/null) || kill -INT "$east" 2>/dev/null || true
    within 200 none_of pg-east || { echo 'pg-east does not stop' >&2; return 1; }
    leads pg-west || ask pg-west 'select pg_promote()' >&2
}

down() {
    local name
    [ -d "$state" ] || return 0
    for name in $nodes; do
        ! none_of "$name" || continue
        ask "$name" 'select k, v from gameday' >"$state/$name.rows" || rm -f "$state/$name.rows"
        ask "$name" "select case when pg_is_in_recovery() then 'replica' else
            'primary in timeline ' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end" \
            >"$state/$name.office" || rm -f "$state/$name.office"
    done 2>>"$state/down.log"
    # Whoever is at work here ends by this, and gives the lock back.
    kill_ours
    locked
    kill_ours
    for name in $nodes; do rm -rf "${state:?}/$name"; done
    rm -f "$state/settings" "$state/cluster.sh" "$state/lock"
}

# One of us at a time starts and stops servers. What a server inherits would hold the lock.
locked() { exec 9>"$state/lock" && flock -w 30 9; }

case ${1:-} in
describe) cat "$here/system.json" ;;
up) mkdir -p "$state" && locked && up ;;
down) down ;;
start | rejoin) locked && "$1" "${2:?name of the node}" ;;
switchover) locked && switchover ;;
leads) leads "${2:?name of the node}" ;;
*) sed -n '2,9p' "$0"; exit 64 ;;
esac
