#!/usr/bin/env python3
"""SIGINT, SIGTERM and SIGHUP in the middle of a run: healed, evidence kept, exit 3, nothing left."""

import json
import signal
import subprocess
import time

from harness import ROOT, Scratch, Tally, listeners_on, processes_with, set_arguments

SCENARIO = ROOT / "tests/system/kill9_regions.json"


def interrupted(tally, number, after):
    network = f"127.{90 + number}"
    where = f"{signal.Signals(number).name} after {after} s"
    with Scratch("signals") as scratch:
        process = subprocess.Popen(
            scratch.command("run", SCENARIO, "--out", scratch.out,
                            *set_arguments({"system.network": network, "duration": "30s"})),
            env=scratch.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        time.sleep(after)
        process.send_signal(number)
        began = time.monotonic()
        said, _ = process.communicate(timeout=60)
        took = time.monotonic() - began
        tally.check(process.returncode == 3, f"{where}: exit 3", f"{process.returncode}\n{said}")
        tally.check(took < 15, f"{where}: ends soon", f"{took:.1f} s")
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
    interrupted(tally, signal.SIGINT, 0.3)    # the system comes up
    interrupted(tally, signal.SIGTERM, 2.6)   # faults are in force
    interrupted(tally, signal.SIGHUP, 4.5)
    tally.finish()


if __name__ == "__main__":
    main()
