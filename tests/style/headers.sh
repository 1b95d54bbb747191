#!/usr/bin/env bash
# Every header compiles alone: it includes what it uses. Prints those that do not; exits 1 if any.
#
#   headers.sh [COMPILER]      default: c++
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
compiler=${1:-c++}
export compiler

alone() {
    printf '#include "%s"\n' "$1" |
        "$compiler" -std=c++20 -fsyntax-only -w -I. -x c++ - 2>/dev/null || echo "$1: does not compile alone"
}
export -f alone

# A header that lacks an include must be found, or this check is worth nothing.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo 'inline std::string f() { return {}; }' >"$scratch/needs_string.hpp"
[ -n "$(alone "$scratch/needs_string.hpp")" ] || { echo 'the check finds nothing'; exit 1; }

found=$(git ls-files '*.hpp' | xargs -P "$(nproc)" -I{} bash -c 'alone "$1"' _ {})
count=$(git ls-files '*.hpp' | wc -l)
if [ -n "$found" ]; then
    echo "$found"
    exit 1
fi
echo "$count headers compile alone"
