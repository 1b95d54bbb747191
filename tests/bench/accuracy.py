#!/usr/bin/env python3
"""How true is a measured outage? A server is stopped (SIGSTOP) for known spans at 1,000 op/s.

Usage: accuracy.py [REPEATS] [SEED]. Prints a table: per span the truth (the device's own brackets around
SIGSTOP and SIGCONT, which the measure does not use for the end of the outage), the measured
interval, whether the truth lies inside, and the width against the bound 2/rate + 5 ms. Exits 1
when a truth lies outside. Widths depend on how busy the machine is; they are printed, not judged.
The clients are patient (timeout 6 s) and few (64 in flight, the rest is shed and recorded), so that the
service is back when the process is. With impatient ones (--set load.0.timeout=400ms) the server first
works through what they abandoned: the service is then truly down some milliseconds longer than the
process, and the measured interval says so.
"""

import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from harness import ROOT, Scratch  # noqa: E402

SCENARIO = ROOT / "tests/bench/accuracy.json"
SITE = ROOT / "examples/staging/site.sh"
RATE = 1000
BOUND = 2 / RATE + 0.005


def spans(result):
    """{fault name: (truth low, truth high, measured low, measured high)} in seconds."""
    truth = {}
    for fault in result["faults"]:
        begin, end = fault["injected_s"], fault["healed_s"]
        truth[fault["name"]] = (end["low"] - begin["high"], end["high"] - begin["low"])
    table = {}
    for each in result["measurements"]:
        if each["metric"] == "rto_read" and not each["client_region"] and each["fault"] in truth:
            value = each["value"]
            table[each["fault"]] = (*truth[each["fault"]], value["low"], value["high"])
    return table


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rows, outside = {}, 0
    with Scratch("accuracy") as scratch:
        env = {"STAGING_DIR": str(scratch.path / "site")}
        subprocess.run([SITE, "up"], env=dict(scratch.env, **env), check=True)
        try:
            for repeat in range(repeats):
                done, result, _ = scratch.run(SCENARIO, "-q", "--seed", seed + repeat, env=env)
                if result is None:
                    sys.exit(f"no result:\n{done.stdout}{done.stderr}")
                for name, row in spans(result).items():
                    rows.setdefault(name, []).append(row)
        finally:
            subprocess.run([SITE, "down"], env=dict(scratch.env, **env), check=True)
    print(f"{'span':>8} {'runs':>4} {'truth ms (first run)':>22} {'measured ms (first run)':>24} "
          f"{'inside':>7} {'width ms median':>16} {'max':>7} {'within bound':>13}")
    for name, values in rows.items():
        # Inside: the truth's own bracket overlaps the measured interval.
        inside = sum(1 for low, high, a, b in values if low <= b and high >= a)
        outside += len(values) - inside
        widths = [(b - a) * 1e3 for _, _, a, b in values]
        low, high, a, b = values[0]
        print(f"{name:>8} {len(values):>4} {low * 1e3:>10.2f}–{high * 1e3:<10.2f} {a * 1e3:>11.2f}–{b * 1e3:<11.2f}"
              f" {inside:>3}/{len(values):<3} {statistics.median(widths):>16.2f} {max(widths):>7.2f}"
              f" {sum(w <= BOUND * 1e3 for w in widths):>9}/{len(widths)}")
    print(f"bound on the width: {BOUND * 1e3:.1f} ms (2/rate + 5 ms)")
    sys.exit(1 if outside else 0)


if __name__ == "__main__":
    main()
