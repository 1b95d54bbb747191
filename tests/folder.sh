#!/usr/bin/env bash
# Formats, builds and tests one folder. Works from any directory.
#
#   tests/folder.sh            the folder one is in
#   tests/folder.sh FOLDER     another one: harness/measures, injectors/kernel, tests/run …
#
# It formats the changed files of the folder, builds build/dev, runs the tests that mirror the folder, and the style checks.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(realpath --relative-to="$root" "${1:-$PWD}")
if [[ ! -d $root/$folder || $folder == ..* ]]; then
    echo "folder.sh: ${1:-$PWD} is no folder of $root" >&2
    exit 64
fi
cd "$root"

# The names of the tests of ctest that mirror a folder of sources or of tests, as a regular expression.
tests_of() {
    local place=${1#tests/}
    case $place in
    injectors/devices/proxy/http | injectors/devices/proxy/http/*) echo '^injectors_http' ;;
    injectors/devices/proxy/tls | injectors/devices/proxy/tls/*) echo '^injectors_tls' ;;
    injectors/devices/proxy) echo '^injectors_(proxy(_packets|_shaping)?|http|tls)$' ;;
    injectors/devices/proxy/* | injectors/proxy_server/udp) echo '^injectors_proxy(_packets|_shaping)?$' ;;
    injectors/proxy_server | injectors/proxy_server/*) echo '^injectors_proxy_server' ;;
    injectors/devices/process | injectors/devices/hook) echo '^injectors_kinds$' ;;
    injectors/devices) echo '^injectors_(kinds|kernel|firewall|nfqueue|proxy|http|tls)' ;;
    injectors/devices/* | injectors/kernel | injectors/kernel/*)
        echo '^injectors_(kernel|firewall|nfqueue)'
        ;;
    injectors) echo '^injectors_' ;;
    injectors/*) echo '^injectors_kinds$' ;;
    scenarios) echo '^(scenario|histories)$' ;;
    examples | examples/* | system/regions) echo '^system_regions' ;;
    harness/*) place=${place#harness/} && echo "^${place%%/*}\$" ;;
    harness | . | tests) echo '.' ;;
    *) echo "^${place%%/*}(_|\$)" ;;
    esac
}

mapfile -t changed < <({
    git diff --name-only --diff-filter=d HEAD -- "$folder"
    git ls-files --others --exclude-standard -- "$folder"
} | grep -E '\.[ch]pp$' | sort -u)
if [ ${#changed[@]} -gt 0 ]; then
    clang-format -i "${changed[@]}"
    echo "formatted ${#changed[@]} changed files of $folder"
fi

[ -e build/dev/build.ninja ] || cmake --preset dev
cmake --build build/dev
run_tests() { ctest --test-dir build/dev -j "$((4 * $(nproc)))" --output-on-failure --no-tests=error "$@"; }
[ "$folder" = tests/style ] || run_tests -LE 'nightly|style' -R "$(tests_of "$folder")"
run_tests -L style -LE nightly
