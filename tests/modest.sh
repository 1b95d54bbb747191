#!/bin/sh
# modest.sh COMMAND…: runs a command that gives way to all others, ends as it ends, and takes it along when it is ended.
#
# Linux may share the processors evenly between sessions, whatever the nice values in them (autogroup, sched(7)).
# So the command has a session of its own, which is nice as well.
# shellcheck disable=SC2016 # expanded by the inner shell
exec setpriv --pdeathsig TERM setsid --wait setpriv --pdeathsig TERM \
    sh -c '{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec nice -n 19 "$@"' modest "$@"
