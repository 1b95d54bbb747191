#!/usr/bin/env bash
# All of the quick lane that needs a kernel of its own, in one machine: that `gameday doctor` finds everything there, and
# the tests of the program given that need netem or nfqueue. Runs inside; see README.md.
set -euo pipefail

said=$(./gameday doctor --format json)
# Programs that only an example needs are not there, and need not be.
states=$(awk '/"remedy": "only for that example/ {extra = 1} /"state"/ {if (!extra) print; extra = 0}' <<<"$said" | sort | uniq -c)
if [ "$(wc -l <<<"$states")" != 1 ] || [[ $states != *'"ok"'* ]]; then
    printf 'FAILED: doctor misses something where everything is there\n%s\n' "$said"
    exit 1
fi
exec "$1" '[netem],[nfqueue]' -d yes
