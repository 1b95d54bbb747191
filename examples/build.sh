# shellcheck shell=bash
# Builds with CMake and Ninja, and says how far it is. Sourced by quickstart.sh and tests/run.sh; not run by itself.
#
# build PRESET [TARGET…]   on a terminal one line that changes, else a line every 15 s; what failed is printed

build() {
    local preset=$1 log line began=$SECONDS told=$SECONDS every=15 end='\n' done_ all left text
    shift
    log=$(mktemp)
    if [ ! -e "build/$preset/build.ninja" ] && ! cmake --preset "$preset" ${cmake_options:-} >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    if [ -t 1 ]; then every=1 end='\033[K\r'; fi
    if NINJA_STATUS='[%f/%t] ' ninja -C "build/$preset" -j "$(nproc)" "$@" 2>&1 | while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        [ $((SECONDS - told)) -ge "$every" ] && [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        told=$SECONDS done_=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
        left=$(((SECONDS - began) * (all - done_) / (done_ > 0 ? done_ : 1)))
        printf -v text '  %d/%d units after %d s, about %d s left' "$done_" "$all" $((SECONDS - began)) "$left"
        printf "%s$end" "$text"
    done; then
        rm -f "$log"
        [ ! -t 1 ] || printf '\033[K'
        echo "built ($preset) in $((SECONDS - began)) s"
    else
        grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" | tail -n 60 >&2
        rm -f "$log"
        return 1
    fi
}
