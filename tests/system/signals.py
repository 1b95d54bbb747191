#!/usr/bin/env python3
"""SIGINT, SIGTERM and SIGHUP in the middle of a run: healed, evidence kept, exit 3, nothing left.

Three runs at once: one is interrupted while the system comes up, one under two faults, one when a fault is over.
"""

import concurrent.futures
import json
import signal
import subprocess
import time

from harness import ROOT, Scratch, Tally, listeners_on, processes_with, set_arguments

SCENARIO = ROOT / "tests/system/kill9_regions.json"


def log_of(scratch):
    return "".join(path.read_text() for path in scratch.out.glob("*/gameday.log"))


def interrupted(tally, number, moment):
    """Sends the signal when the run's log says so; "" is as soon as there is a log."""
    network = f"127.{number}"
    where = f"{signal.Signals(number).name} at '{moment}'"
    with Scratch("signals") as scratch:
        process = subprocess.Popen(
            scratch.command("run", SCENARIO, "--out", scratch.out,
                            *set_arguments({"system.network": network, "duration": "30s"})),
            env=scratch.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        end = time.monotonic() + 60
        while time.monotonic() < end and not (log_of(scratch) and moment in log_of(scratch)):
            time.sleep(0.01)
        process.send_signal(number)
        began = time.monotonic()
        said, _ = process.communicate(timeout=60)
        took = time.monotonic() - began
        tally.check(process.returncode == 3, f"{where}: exit 3", f"{process.returncode}\n{said}")
        tally.check(took < 25, f"{where}: ends before its 30 s are over", f"{took:.1f} s")
        run_dir = next(iter(scratch.out.iterdir()))
        result = json.loads((run_dir / "result.json").read_text())
        tally.check(result["verdict"] == "aborted", f"{where}: the verdict is aborted", said)
        tally.check((run_dir / "evidence/operations.bin").exists(), f"{where}: evidence is kept")
        tally.check(all(fault["healed_s"] for fault in result["faults"]),
                    f"{where}: every fault is healed", said)
        left = processes_with(str(scratch.path))
        tally.check(not left and not listeners_on(network + "."), f"{where}: nothing is left",
                    f"{left}")
        recover = scratch.call("recover")
        tally.check("nothing to recover" in recover.stdout, f"{where}: nothing to recover",
                    recover.stdout + recover.stderr)


def main():
    tally = Tally()
    moments = [(signal.SIGINT, ""), (signal.SIGTERM, " inject cut"), (signal.SIGHUP, " heal stop")]
    with concurrent.futures.ThreadPoolExecutor(len(moments)) as pool:
        list(pool.map(lambda moment: interrupted(tally, *moment), moments))
    tally.finish()


if __name__ == "__main__":
    main()
