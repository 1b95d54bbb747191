#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. Works from any directory, and again.
#
#   tests/run.sh               the quick lane, which CI runs: every check, few repeats, always the same seeds
#   tests/run.sh --all         the nightly lane too: all seeds, all kernels, fuzzing, sanitizers, long stress
#   tests/run.sh --sanitizers  the unit tests alone, under ASan+UBSan and under TSan
#   tests/run.sh -R REGEX …    further arguments go to ctest
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=examples/packages.sh
. "$root/examples/packages.sh"
# shellcheck source=examples/build.sh
. "$root/examples/build.sh"

lanes=quick
case ${1:-} in
--all) lanes='nightly sanitizers' && shift ;;
--sanitizers) lanes=sanitizers && shift ;;
esac

# Node.js may be there from elsewhere, without a package of that name.
command -v npm >/dev/null || test_packages+=' npm'
# shellcheck disable=SC2086 # lists of words
install_packages $build_packages $test_packages

cd "$root"
# A slot is a quarter of a processor; CMakeLists.txt says how many each test takes (PROCESSORS).
slots=$((4 * $(nproc)))
reports=()
builder= tests= # what runs in the background: a session, and a shell whose child is ctest
trap '[ -z "$builder" ] || kill -- "-$builder" 2>/dev/null; [ -z "$tests" ] || pkill -P "$tests"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run_tests() { # preset, name of the report, arguments of ctest: what failed is told by failures.py at the end
    local report=$root/build/$1/Testing/$2.xml began=$SECONDS
    rm -f "$report"
    ctest --test-dir "build/$1" -j "$slots" --output-on-failure --output-junit "$report" \
        --test-output-size-passed 100000 "${@:3}" || true
    echo "tests ($1, $2) took $((SECONDS - began)) s"
}

# What waits for nobody has what the live tests leave, which sleep most of the time: long tests, and the programs of the
# sanitizers, which come after all.
run_nightly() { # arguments of ctest
    local log
    log=$(mktemp)
    tests/modest.sh bash -c '. examples/build.sh && build asan && build tsan' >/dev/null 2>&1 </dev/null &
    builder=$!
    export GAMEDAY_NIGHTLY=1
    run_tests dev background -L background "$@" >"$log" 2>&1 &
    tests=$!
    run_tests dev tests --no-tests=error -LE background "$@"
    wait "$tests"
    tests=
    cat "$log"
    rm -f "$log"
    export -n GAMEDAY_NIGHTLY
}

for lane in $lanes; do
    case $lane in
    quick)
        echo "building (dev)"
        build dev
        reports+=("$root/build/dev/Testing/tests.xml")
        run_tests dev tests --no-tests=error -LE nightly "$@"
        ;;
    nightly)
        echo "building (dev)"
        build dev
        reports+=("$root"/build/dev/Testing/{tests,background}.xml)
        run_nightly "$@"
        ;;
    sanitizers)
        wait # for a build of the same, if there is one; whether it went well the next one says
        builder=
        for preset in asan tsan; do
            echo "building ($preset)"
            build "$preset"
            reports+=("$root/build/$preset/Testing/tests.xml")
            run_tests "$preset" tests -LE 'system|style|fuzz|vm|nightly' "$@"
        done
        ;;
    esac
done
exec python3 tests/failures.py "${reports[@]}"
