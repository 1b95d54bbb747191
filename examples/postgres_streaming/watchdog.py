#!/usr/bin/env python3
"""The watchdog that many people run: three failed `select 1` in a row, and the standby is promoted.

It fences nobody: a primary that is only out of sight goes on, and then there are two.

Usage: watchdog.py NAME SECONDS PRIMARY STANDBY [COMMAND...]. PRIMARY and STANDBY are connection strings. It looks
every SECONDS, and a look may take as long. Once it has promoted it waits until it sees the old primary again. If that
still believes to lead, it becomes COMMAND, which is to make a standby of it.
"""

import os
import subprocess
import sys
import time

FAILURES = 3
PROMOTION_SECONDS = 60


def say(text):
    print(time.strftime("%T"), f"{time.time() % 1:.3f}"[1:], text, flush=True)


def asked(where, statement, patience):
    """The first answer as text; None when there was none in time."""
    try:
        done = subprocess.run(["psql", "-XAtq", where, "-c", statement], timeout=patience, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def main():
    pause, primary, standby, command = float(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:]
    failed = 0
    while failed < FAILURES:
        began = time.monotonic()
        failed = 0 if asked(primary, "select 1", pause) else failed + 1
        if failed:
            say(f"the primary does not answer ({failed})")
        if failed < FAILURES:
            time.sleep(max(0.0, began + pause - time.monotonic()))
    say(f"promoted: {asked(standby, 'select pg_promote()', PROMOTION_SECONDS)}")
    if not command:
        return
    while not (is_standby := asked(primary, "select pg_is_in_recovery()", pause)):
        time.sleep(pause)
    say(f"the old primary is back, as a standby: {is_standby}")
    if is_standby != "t":
        os.execvp(command[0], command)


if __name__ == "__main__":
    main()
