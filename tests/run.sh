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

started=$SECONDS
echo "building (dev)"
build dev
echo "built in $((SECONDS - started)) s"
if [ -n "$sanitizers" ]; then
    for preset in asan tsan; do
        echo "building ($preset)"
        build "$preset"
        ctest --test-dir "build/$preset" --output-on-failure -LE 'system|style' "$@"
    done
fi
ctest --test-dir build/dev --output-on-failure "$@"
