#!/usr/bin/env bash
# Installs what is missing, builds gameday, and runs the first scenario: a region dies under load.
# Ends with the verdict and the path of the HTML report. Works from any directory, and again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=examples/packages.sh
. "$root/examples/packages.sh"

# shellcheck disable=SC2086 # a list of words
install_packages $build_packages

cd "$root"
[ -e build/release/build.ninja ] || cmake --preset release -DGAMEDAY_TESTS=OFF >/dev/null
echo "building gameday (the first time takes a few minutes)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Only a failed build is worth reading.
ninja -C build/release gameday gameday-regions >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    exit 70
}

exec build/release/bin/gameday run scenarios/region_outage.json "$@"
