#!/usr/bin/env bash
# A nightly CI job against staging: run, keep the artefacts, show the summary, exit with the verdict.
#
#   nightly.sh [FOLDER [OPTION...]]    artefacts go to FOLDER (default: ./gameday-artefacts);
#                                      options are passed on to `gameday run`
#
# The site of this example is brought up and down here only so that the job can be tried anywhere; a
# real job leaves those two lines out. gameday itself is told endpoints and commands, nothing else.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
artefacts=${1:-gameday-artefacts}
[ $# -eq 0 ] || shift
gameday=${GAMEDAY:-$here/../../build/release/bin/gameday}
[ -x "$gameday" ] || gameday=gameday # installed
command -v "$gameday" >/dev/null || { echo 'gameday is not installed, nor built here' >&2; exit 4; }
export STAGING_SITE=$here/site.sh
export STAGING_DIR=${STAGING_DIR:-$(mktemp -d)}

"$STAGING_SITE" up
trap '"$STAGING_SITE" down' EXIT

status=0
"$gameday" run "$here/server_killed.json" --out "$artefacts" "$@" || status=$?

run=$(find "$artefacts" -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1)
# GitHub shows what is appended to this file as the job's summary; elsewhere it is only printed.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -e "$run/report.md" ]; then
    cat "$run/report.md" >>"$GITHUB_STEP_SUMMARY"
fi
echo "artefacts: $run (report.html, report.md, junit.xml, result.json)"
exit "$status"
