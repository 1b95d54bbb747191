# What the scripts of examples share that start servers. Sourced; not run by itself.

# within TRIES COMMAND...   whether the command succeeds, tried so many times, twenty times a second
within() {
    local tries=$1
    shift
    until "$@"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

# give_up WORDS LOG...   says so, with the end of the logs, and fails
give_up() {
    echo "$1:" >&2
    tail -n 5 "${@:2}" >&2
    return 1
}

# need PACKAGES PROGRAM...   whether the programs are there; if not, how to get them
need() {
    local each
    for each in "${@:2}"; do
        command -v "$each" >/dev/null && continue
        echo "$each is not installed: apt-get install $1" >&2
        return 4
    done
}
