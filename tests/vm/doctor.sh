#!/usr/bin/env bash
# What `gameday doctor` says on kernels that have everything, and on kernels that lack a module; where nf_tables cannot
# lead packets to netem also what `plan` and `run` say.
# Usage: doctor.sh GAMEDAY GAMEDAY_REGIONS. Exits 77 where no machine can be had.
set -euo pipefail

gameday=$1
regions=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0
failed=0
name=
said=
status=0

machine() { # name, options of run-in-vm.sh: boots it, and keeps what doctor says and how it ends
    name=$1
    shift
    status=0
    said=$("$here/run-in-vm.sh" --missing 77 --timeout 900 --file "$gameday" "$@" \
        -- sh -c './gameday doctor --format json || exit; [ ! -e also ] || sh also') || status=$?
    case $status in 77 | 124 | 125) exit "$status" ;; esac
}

check() { # what, command: it must succeed
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s: %s\n%s\n' "$name" "$1" "$said"
    fi
}

field() { # beginning of a capability, name of a field: its text
    sed -n "/\"capability\": \"$1/,/}/s/.*\"$2\": \"\(.*\)\",\{0,1\}$/\1/p" <<<"$said"
}

says() { [ "$(field "$1" "$2")" = "$3" ]; }
contains() { [[ $(field "$1" "$2") == *"$3"* ]]; }

told() { [[ $said == *"$1"* ]]; } # anywhere in what was printed

ok() { # capabilities
    local each
    for each in "$@"; do
        check "$each is ok" says "$each" state ok
        check "$each needs no remedy" says "$each" remedy ''
    done
}

missing() { # capability, what its kernel must be said to lack, words of the remedy
    local capability=$1 lack=$2 word
    shift 2
    check "$capability is missing" says "$capability" state missing
    check "$capability lacks $lack" contains "$capability" seen "$lack"
    for word in "$@"; do
        check "the remedy of $capability names $word" contains "$capability" remedy "$word"
    done
}

ends_with() { check "exit status $1, it was $status" [ "$status" = "$1" ]; }

privileges=('CAP_NET_ADMIN' 'network namespaces')
netem='netem: sch_netem'

machine 'everything is there' --file "$regions"
ok "${privileges[@]}" firewall ifb "$netem" nfqueue gameday-regions
ends_with 0

machine 'no sch_netem' --file "$regions" --without sch_netem
ok "${privileges[@]}" firewall ifb nfqueue
missing "$netem" sch_netem 'modprobe -a sch_netem' Debian 'Ubuntu: apt-get install linux-modules-extra' \
    'RHEL: dnf install kernel-modules-extra' WSL2 'Docker Desktop' nfqueue
ends_with 0

machine 'no ifb' --file "$regions" --without ifb
ok "${privileges[@]}" firewall nfqueue
missing ifb 'lacks ifb' 'modprobe ifb' linux-modules-extra kernel-modules-extra WSL2
missing "$netem" 'lacks ifb' 'sch_netem ifb'
ends_with 0

# A run that asks for netem is refused before it touches anything.
also=$(mktemp)
trap 'rm -f "$also"' EXIT
cat >"$also" <<'END'
./gameday plan pair.json
sed '/"fault": "latency"/s/{/{ "via": "netem",/' pair.json >asks.json
./gameday plan asks.json
./gameday run asks.json 2>&1 || echo "the run ends with $?"
END
machine 'no nft_fwd_netdev' --file "$regions" --file "$here/../../examples/pair/pair.json" \
    --file "$also:/test/also" --without nft_fwd_netdev
ok "${privileges[@]}" firewall ifb nfqueue
cannot="this kernel's nf_tables cannot forward packets to an ifb (nft_fwd_netdev)"
missing "$netem" "$cannot" 'nft_fwd_netdev' 'nfqueue is used instead'
check 'auto takes nfqueue and says why' told "by nfqueue: the proxy cannot do this; netem is not able here: $cannot"
check 'the plan says what to write' told "by netem: the scenario says so; netem is not able here: $cannot; write \"nfqueue\" or \"auto\""
check 'the run says what to write' told "netem: $cannot. Load that module, or write \"via\": \"nfqueue\" or \"auto\""
check 'the run is refused' told 'the run ends with'
ends_with 0

# Without the reference regions as well: they are part of gameday, so this is no extra.
machine 'no nf_tables' --without nf_tables
ok "${privileges[@]}" ifb
missing "$netem" 'takes no owned tables' nf_tables 'nfqueue is used instead'
missing firewall nf_tables 'Linux 5.16' 'modprobe nf_tables' Debian Ubuntu RHEL proxy
missing nfqueue nf_tables nfnetlink_queue proxy
missing gameday-regions PATH ninja
ends_with 4

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
