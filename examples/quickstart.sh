#!/usr/bin/env bash
# Installs what is missing, builds gameday, and runs the first scenario: a region dies under load.
# Ends with the verdict and the path of the HTML report. Works from any directory, and again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=examples/packages.sh
. "$root/examples/packages.sh"
# shellcheck source=examples/build.sh
. "$root/examples/build.sh"

# shellcheck disable=SC2086 # a list of words
install_packages $build_packages

cd "$root"
echo "building gameday"
cmake_options=-DGAMEDAY_TESTS=OFF
build release gameday gameday-regions || exit 70

exec build/release/bin/gameday run scenarios/region_outage.json "$@"
