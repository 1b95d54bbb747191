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

# Tests that are run for what must never happen: one failure of theirs is a failure.
never_again='truth_table|kill9|stress|fuzz|style'

# Many tests measure times, and a machine may be taken away from them for seconds. Up to three that
# failed are run once more by themselves; what they said the first time is shown in any case.
run_tests() { # build folder, arguments of ctest
    local logs=$1/Testing/Temporary failed
    rm -f "$logs/LastTestsFailed.log"
    ctest --test-dir "$1" --output-on-failure "${@:2}" && return 0
    [ -s "$logs/LastTestsFailed.log" ] || return 1
    failed=$(cut -d: -f2 "$logs/LastTestsFailed.log" | tr '\n' ' ')
    echo "FAILED: $failed, by:"
    grep -E -A7 'FAILED:|^Traceback|ERROR: (Address|Leak|Thread)|\*\*\*(Timeout|Exception)' "$logs/LastTest.log" |
        tail -n 80 || true
    if [ "$(wc -w <<<"$failed")" -gt 3 ] || grep -qE "$never_again" <<<"$failed"; then return 1; fi
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
