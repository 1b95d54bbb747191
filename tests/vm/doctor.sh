#!/usr/bin/env bash
# What `gameday doctor` says on kernels that have everything, and on kernels that lack a module.
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
    said=$("$here/run-in-vm.sh" --missing 77 --timeout 120 --file "$gameday" "$@" \
        -- ./gameday doctor --format json) || status=$?
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
clsact='netem led by clsact'

machine 'everything is there' --file "$regions"
ok "${privileges[@]}" firewall ifb "$netem" "$clsact" nfqueue gameday-regions
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

# Without the reference regions as well: they are part of gameday, so this is no extra.
machine 'no nf_tables' --without nf_tables
# netem needs none: it is led by filters then.
ok "${privileges[@]}" ifb "$netem" "$clsact"
check 'filters are in use' contains "$clsact" seen 'in use: packets are led to it by u32 filters'
missing firewall nf_tables 'Linux 5.16' 'modprobe nf_tables' Debian Ubuntu RHEL proxy
missing nfqueue nf_tables nfnetlink_queue proxy
missing gameday-regions PATH ninja
ends_with 4

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
