#!/usr/bin/env python3
"""The harness as an instrument: each planted bug is found and named, the sound system never accused.

Usage: truth_table.py [SEEDS] [JOBS] [FIRST_SEED]. For each row the scenario meant for a bug runs with the bug
(exit 1, and the named targets are missed) and without (exit 0, every target met), SEEDS times each.
"""

import concurrent.futures
import sys

from harness import ROOT, Scratch, Tally, grades, set_arguments

SCENARIOS = ROOT / "scenarios"
# (row, scenario, what plants the bug, targets that must be missed)
ROWS = [
    ("early_ack", "region_outage.json", {"system.bug": "early_ack"}, ["lost_acked", "rpo"]),
    ("no_fencing", "s37_single_writer.json", {"system.bug": "no_fencing"}, ["split_brain_writes"]),
    ("no_hysteresis", "flapping_link.json", {"system.bug": "no_hysteresis"}, ["flaps"]),
    ("stale_promotion", "stale_replica.json", {"system.bug": "stale_promotion"}, ["lost_acked", "rpo"]),
    ("forget_on_restart", "restart_all.json", {"system.bug": "forget_on_restart"}, ["lost_acked", "rpo"]),
    ("late replication", "s04_database_failover.json", {"system.interval": "10s"}, ["rpo"]),
]
# The same situations in less time: the windows around the fault are shorter, nothing else.
SHORT = {"steady_state.window": "1s", "settle": "1s"}


def one(job):
    """Runs one cell; returns (row, planted, seed, list of complaints, figures)."""
    index, (row, scenario, plant, missed), planted, seed = job
    settings = dict(SHORT, **{"system.network": f"127.{20 + index % 200}"})
    if planted:
        settings.update(plant)
    with Scratch("truth") as scratch:
        done, result, run_dir = scratch.run(SCENARIOS / scenario, "-q", "--seed", seed,
                                            *set_arguments(settings), timeout=240)
    said = done.stdout + done.stderr
    if result is None:
        return row, planted, seed, [f"no result, exit {done.returncode}\n{said}"], {}
    seen = grades(result)
    complaints = []
    if planted:
        if done.returncode != 1:
            complaints.append(f"exit {done.returncode}, wanted 1")
        complaints += [f"{name} is {seen.get(name)}, wanted missed"
                       for name in missed if seen.get(name) != "missed"]
    else:
        if done.returncode != 0:
            complaints.append(f"exit {done.returncode}, wanted 0")
        complaints += [f"{name} is {grade}, wanted met"
                       for name, grade in seen.items() if grade != "met"]
    if complaints:
        complaints.append(said)
    figures = {target["id"]: (target["measurement"] or {}).get("value")
               for target in result["targets"]}
    return row, planted, seed, complaints, figures


def span(values):
    """"3–17" over the low ends of the intervals seen."""
    lows = sorted(value["low"] for value in values if value and value["low"] is not None)
    return f"{lows[0]:.4g}–{lows[-1]:.4g}" if lows else "-"


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cells = [(row, planted, seed) for seed in range(first, first + seeds)
             for row in ROWS for planted in (True, False)]
    jobs = [(index, *cell) for index, cell in enumerate(cells)]
    tally = Tally()
    figures = {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for row, planted, seed, complaints, seen in pool.map(one, jobs):
            what = f"{row}, {'planted' if planted else 'sound'}, seed {seed}"
            tally.check(not complaints, what, "\n".join(complaints))
            for name, value in seen.items():
                figures.setdefault((row, planted), {}).setdefault(name, []).append(value)
    print(f"{'row':<20}{'target':<22}{'planted':>16}{'sound':>12}")
    for row, _, _, missed in ROWS:
        for name in missed:
            print(f"{row:<20}{name:<22}{span(figures[(row, True)].get(name, [])):>16}"
                  f"{span(figures[(row, False)].get(name, [])):>12}")
    tally.finish()


if __name__ == "__main__":
    main()
