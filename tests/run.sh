#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Works from any directory, and again.
#
#   tests/run.sh               style, unit and system tests
#   tests/run.sh --sanitizers  the unit tests once more under ASan+UBSan and under TSan
#   tests/run.sh -R REGEX …    further arguments go to ctest
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=examples/packages.sh
. "$root/examples/packages.sh"

sanitizers=
if [ "${1:-}" = --sanitizers ]; then
    sanitizers=yes
    shift
fi

# shellcheck disable=SC2086 # lists of words
install_packages $build_packages $test_packages

cd "$root"
build() { # preset
    [ -e "build/$1/build.ninja" ] || cmake --preset "$1" >/dev/null
    local log status=0
    log=$(mktemp)
    ninja -C "build/$1" >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" | tail -n 60 >&2
    rm -f "$log"
    return "$status"
}

# Programs full of bounds of time, on machines that may be taken away from them for a moment. When
# only such failed they are run once more by themselves, and what they said first is shown all the same.
# One failure of any other is a failure.
timed='load|injectors|injectors_packets_in_namespace|system_pair|system_replication_lag'

run_tests() { # build folder, arguments of ctest
    local logs=$1/Testing/Temporary failed
    rm -f "$logs/LastTestsFailed.log"
    ctest --test-dir "$1" --output-on-failure "${@:2}" && return 0
    [ -s "$logs/LastTestsFailed.log" ] || return 1
    failed=$(cut -d: -f2 "$logs/LastTestsFailed.log")
    failed=${failed//$'\n'/ }
    echo "FAILED: $failed, by:"
    # For the reader only: a test that was ended without a word has no such lines.
    grep -E -A7 'FAILED:|^Traceback|ERROR: (Address|Leak|Thread)|\*\*\*(Timeout|Exception)' "$logs/LastTest.log" |
        tail -n 80 || true
    [[ " $failed" =~ ^(\ ($timed))+$ ]] || return 1
    echo "once more: $failed"
    ctest --test-dir "$1" --output-on-failure --rerun-failed || return 1
    echo "NOT STEADY: $failed failed at first, see above, and passed when run by itself"
}

started=$SECONDS
echo "building (dev)"
build dev
echo "built in $((SECONDS - started)) s"
if [ -n "$sanitizers" ]; then
    for preset in asan tsan; do
        echo "building ($preset)"
        build "$preset"
        run_tests "build/$preset" -LE 'system|style' "$@"
    done
fi
run_tests build/dev "$@"
