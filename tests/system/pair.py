#!/usr/bin/env python3
"""Two namespaces and one wire (examples/pair): ping and iperf3 see the faults that were asked for.

Runs the example as it is; a copy whose faults are others than it says, of which every row must be out of bounds; and
one that is killed (SIGKILL) on the way, at a fixed instant in the quick lane. All at once, each in a laboratory of its own.
"""

import os
import pathlib
import random
import re
import shutil
import subprocess
import time

from harness import NIGHTLY, ROOT, Scratch, Tally, need, processes_with, program

ROWS = ("round trip", "pings lost", "left to right", "right hears left", "left hears right")
# What is asked of gameday instead, so that each row of the table has something to find.
PLANTED = (("50ms", "80ms"), ("0.05", "0.2"), ("10Mbit", "40Mbit"),
           (r'"groups": \[\["l"\], \["r"\]\], "direction": "to"', '"groups": [["l"], ["r"]], "direction": "from"'))


def begin(scratch, examples, name):
    """Starts the example; its processes carry the name of a folder of ours, by which they are found."""
    mark = scratch.path / name
    environment = {name: value for name, value in os.environ.items() if name != "GAMEDAY_IN_LAB"}
    return mark, subprocess.Popen([examples / "pair/show.sh"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True,
                                  env=dict(environment, GAMEDAY=str(program()), PAIR_HOLD="10s", PAIR_MARK=str(mark)))


def planted_copy(scratch):
    """The example with other faults in its scenario than the table expects."""
    copy = scratch.path / "examples"
    shutil.copytree(ROOT / "examples/pair", copy / "pair")
    shutil.copy(ROOT / "examples/lab.sh", copy)
    shutil.copytree(ROOT / "scenarios", scratch.path / "scenarios")
    file = copy / "pair/pair.json"
    text = file.read_text()
    for wanted, instead in PLANTED:
        text, count = re.subn(wanted, instead, text)
        assert count == 1, wanted
    file.write_text(text)
    return copy


def rows(said):
    """{row: what the table says of it at its end}"""
    return {row: line for line in said.splitlines() for row in ROWS if line.startswith(row)}


def all_gone(mark, patience):
    """Whether the processes of a run have ended; those that ran in the foreground end by themselves."""
    until = time.monotonic() + patience
    while processes_with(str(mark)):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def named_namespaces():
    folder = pathlib.Path("/run/netns")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def main():
    need({"iperf3": "iperf3", "ping": "iputils-ping", "busybox": "busybox-static"})
    tally = Tally()
    seed = int(time.time()) if NIGHTLY else 1
    before = named_namespaces()
    with Scratch("pair") as scratch:
        sound_mark, sound = begin(scratch, ROOT / "examples", "sound")
        planted_mark, planted = begin(scratch, planted_copy(scratch), "planted")
        killed_mark, killed = begin(scratch, ROOT / "examples", "killed")
        instant = random.Random(seed).uniform(0.1, 25)
        time.sleep(instant)
        killed.kill()
        tally.check(all_gone(killed_mark, 30), f"killed after {instant:.1f} s (seed {seed}): nothing of it is left",
                    processes_with(str(killed_mark)))
        killed.stdout.close()
        killed.wait()
        said = sound.communicate(timeout=240)[0]
        print(said, end="", flush=True)
        tally.check(sound.returncode == 0, "what is measured is what was asked for", said)
        tally.check(all(line.endswith(" ok") for line in rows(said).values()) and len(rows(said)) == len(ROWS),
                    "every row of the table is ok", said)
        said = planted.communicate(timeout=240)[0]
        tally.check(planted.returncode == 1, "other faults than those asked for are found out", said)
        for row in ROWS:
            tally.check(rows(said).get(row, "").endswith("OUT OF BOUNDS while it lasts"), f"{row}: out of bounds", said)
        tally.check(all_gone(sound_mark, 30) and all_gone(planted_mark, 30), "no process is left")
        tally.check(named_namespaces() == before, "no namespace of the machine was touched")
    tally.finish()


if __name__ == "__main__":
    main()
