#!/usr/bin/env bash
# Two namespaces, one wire, ping and iperf3: what gameday's faults do to the wire, measured from outside.
#
#   examples/pair/show.sh [FOLDER]     FOLDER: where the run directory shall stay; else it goes
#
# Runs itself in a laboratory (examples/lab.sh). Exits 1 when a figure is not what was asked for, and
# 4 when a program is missing. PAIR_HOLD=10s makes each fault, and each pause after one, last longer, and
# bounds wider: for slow machines.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${GAMEDAY_IN_LAB:-}" != yes ]; then exec "$here/../lab.sh" "$0" "$@"; fi

left=10.214.0.1
right=10.214.0.2
gameday=${GAMEDAY:-$here/../../build/release/bin/gameday}
[ -x "$gameday" ] || gameday=gameday # installed
# The laboratory's own /run: it goes with the laboratory, however that ends.
work=$(mktemp -d /run/pair.XXXXXX)
wrong=0

command -v "$gameday" >/dev/null || { echo "$gameday is not here: run examples/quickstart.sh first, or set GAMEDAY" >&2; exit 4; }
for program in ping iperf3 busybox ip nsenter setpriv; do
    command -v "$program" >/dev/null || {
        echo "$program is not here: apt-get install iputils-ping iperf3 busybox-static iproute2 util-linux" >&2
        exit 4
    }
done

on() { # left | right, command: runs it in that namespace
    local side=$1
    shift
    nsenter --net="/run/netns/pair-$side" "$@"
}

beside() { # command: in the background; the kernel kills it when this script dies
    setpriv --pdeathsig KILL "$@" &
    started+=" $!"
}

started=''
clean() {
    # shellcheck disable=SC2086 # pids
    [ -z "$started" ] || kill $started 2>/dev/null || true
    wait
    ip netns del pair-left 2>/dev/null || true
    ip netns del pair-right 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

make_pair() {
    local side
    ip netns add pair-left
    ip netns add pair-right
    ip -n pair-left link add wire type veth peer name wire netns pair-right
    ip -n pair-left addr add "$left/24" dev wire
    ip -n pair-right addr add "$right/24" dev wire
    for side in left right; do
        ip -n "pair-$side" link set lo up
        ip -n "pair-$side" link set wire up
    done
    mkdir "$work/www"
    echo hello >"$work/www/index.html"
    beside nsenter --net=/run/netns/pair-right busybox httpd -f -p "$right:8080" -h "$work/www"
    beside nsenter --net=/run/netns/pair-right iperf3 --server --bind "$right" >/dev/null 2>&1
    on left ping -q -c 1 -w 5 "$right" >/dev/null
}

# --- what is measured; each prints one number -----------------------------------

delay() { # milliseconds: the median round trip of 60 pings
    on left ping -n -i 0.02 -c 60 -W 1 "$right" | sed -n 's/.* time=\([0-9.]*\) ms/\1/p' |
        sort -n | sed -n 30p
}

loss() { # per cent: of 400 pings that got no answer
    on left ping -n -q -i 0.005 -c 400 -W 1 "$right" | sed -n 's/.* \([0-9.]*\)% packet loss.*/\1/p'
}

throughput() { # Mbit/s of one TCP connection from left to right, as received, with all headers
    # The first second is left out: the connection begins with more than the wire carries.
    on left iperf3 --client "$right" --omit 1 --time 1 --format m --connect-timeout 2000 |
        awk '/receiver/ { printf "%.2f\n", $7 * 1514 / 1448 }'
}

heard() { # side: echo requests that have arrived there
    on "$1" awk '/^Icmp:/ { for (i = 1; i <= NF; i++) if ($i == "InEchos") at = i; last = $at }
                 END { print last }' /proc/net/snmp
}

# Both ways at once, for an answer that is lost would hide a question that was heard.
one_way() { # from, to, address: how many of 20 pings arrived
    local before
    before=$(heard "$2")
    on "$1" ping -n -q -i 0.02 -c 20 -W 0.2 "$3" >/dev/null || true
    echo $(($(heard "$2") - before))
}

# --- the table ------------------------------------------------------------------

row() { printf '%-24s %-9s %-9s %9s %9s %9s  %-9s %s\n' "$@"; }

# Whether a number lies within two others, inclusively.
within() { awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x != "" && x + 0 >= low && x + 0 <= high) }'; }

carrier() { sed -n "s/^ *- $1: by \([a-z]*\):.*/\1/p" "$work/said" | head -n 1; }

judged() { # what, fault, asked, before, during, after, bounds while it lasts, bounds after it
    local verdict=ok
    within "$5" "${7% to *}" "${7#* to }" || verdict='OUT OF BOUNDS while it lasts'
    within "$6" "${8% to *}" "${8#* to }" || verdict='OUT OF BOUNDS after it'
    [ "$verdict" = ok ] || wrong=1
    row "$1" "$(carrier "$2")" "$3" "${4:--}" "${5:--}" "${6:--}" "$7" "$verdict"
}

log() { cat "$work"/runs/*/gameday.log 2>/dev/null; }

await() { # inject | heal, fault: until the log says so, and it is done
    until log | grep -q " $1 $2\b"; do
        kill -0 "$run" 2>/dev/null || { log >&2; echo "gameday ended before: $1 $2" >&2; exit 1; }
        sleep 0.05
    done
    sleep 0.25 # the log says so before a fault is prepared and put in force
}

still() { # fault: it must not have been healed while we measured
    ! log | grep -q " heal $1\b" || {
        echo "$1 was over before it was measured: this machine is slow, try PAIR_HOLD=10s" >&2
        exit 1
    }
}

holding=()
latest=53
narrowest=9
if [ -n "${PAIR_HOLD:-}" ]; then
    # Packets that pass through a program (nfqueue) are as late as the machine, and fewer in a second.
    latest=65
    narrowest=6
    for fault in 0 1 2 3; do holding+=(--set "faults.$fault.for=$PAIR_HOLD"); done
    for fault in 1 2 3; do holding+=(--set "faults.$fault.offset=$PAIR_HOLD"); done
    holding+=(--set targets.0.value=1m)
fi

make_pair
delay_before=$(delay)
loss_before=$(loss)
rate_before=$(throughput)
there_before=$(one_way left right "$right")
back_before=$(one_way right left "$left")
export GAMEDAY_STATE_DIR=$work/state
setpriv --pdeathsig KILL nsenter --net=/run/netns/pair-left \
    "$gameday" run "$here/pair.json" -q --out "$work/runs" "${holding[@]}" >"$work/said" 2>&1 &
run=$!
started+=" $run"

await inject latency
delay_during=$(delay)
still latency
await heal latency
delay_after=$(delay)
await inject loss
loss_during=$(loss)
still loss
await heal loss
loss_after=$(loss)
await inject bandwidth
rate_during=$(throughput)
still bandwidth
await heal bandwidth
rate_after=$(throughput)
await inject partition
there=$(one_way left right "$right")
back=$(one_way right left "$left")
still partition
await heal partition
there_after=$(one_way left right "$right")
back_after=$(one_way right left "$left")

status=0
wait "$run" || status=$?
row '' by asked before during after bounds ''
judged 'round trip, ms' latency '+ 50 ± 5' "$delay_before" "$delay_during" "$delay_after" "47 to $latest" '0 to 3'
judged 'pings lost, %' loss 5 "$loss_before" "$loss_during" "$loss_after" '1 to 10' '0 to 0'
judged 'left to right, Mbit/s' bandwidth 10 "$rate_before" "$rate_during" "$rate_after" "$narrowest to 11" '20 to 1e6'
# gameday asks the wire, too: by five packets of its own under a fault, and five for each at the end.
judged 'right hears left, of 20' partition 0 "$there_before" "$there" "$there_after" '0 to 0' '20 to 60'
judged 'left hears right, of 20' partition 20 "$back_before" "$back" "$back_after" '20 to 25' '20 to 60'
[ "$status" = 0 ] || { cat "$work/said"; echo "gameday ended with $status" >&2; wrong=1; }
[ $# = 0 ] || { mkdir -p "$1" && cp -r "$work"/runs/* "$1"; }
exit "$wrong"
