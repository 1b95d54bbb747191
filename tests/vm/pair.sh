#!/usr/bin/env bash
# examples/pair on a kernel with sch_netem. Usage: pair.sh GAMEDAY. Exits 77 where no machine can be had.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
examples=$here/../../examples
status=0
# An emulated processor takes a while to start programs: faults have to last longer there.
said=$("$here/run-in-vm.sh" --missing 77 --timeout 500 --env GAMEDAY=/test/gameday --env PAIR_HOLD=16s \
    --bin iperf3 --bin setpriv --file "$1" --file "$examples/pair:/test/examples/pair" \
    --file "$examples/lab.sh:/test/examples/lab.sh" -- examples/pair/show.sh) || status=$?
printf '%s\n' "$said"
[ "$status" = 0 ] || exit "$status"
[ "$(grep -c ' netem .* ok$' <<<"$said")" = 3 ] || { echo 'FAILED: netem did not carry three faults' >&2; exit 1; }
