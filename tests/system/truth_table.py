#!/usr/bin/env python3
"""The harness as an instrument: each planted bug is found and named, the sound system never accused.

Usage: truth_table.py [SEEDS [JOBS [FIRST_SEED]]]; one seed in the quick lane, ten in the nightly one. For each row the
scenario meant for a bug runs with the bug (exit 1, and the named targets are missed) and without (exit 0, every
target met), SEEDS times each.
"""

import concurrent.futures
import sys

from harness import NIGHTLY, ROOT, Scratch, Tally, grades, on_any_machine, set_arguments, unsafe

SCENARIOS = ROOT / "scenarios"
# (row, scenario, what plants the bug, targets that must be missed)
ROWS = [
    ("early_ack", "region_outage.json", {"system.bug": "early_ack"}, ["lost_acked", "rpo"]),
    ("no_fencing", "s37_single_writer.json", {"system.bug": "no_fencing"}, ["split_brain_writes"]),
    ("no_hysteresis", "flapping_link.json", {"system.bug": "no_hysteresis"}, ["flaps"]),
    ("stale_promotion", "stale_replica.json", {"system.bug": "stale_promotion"}, ["lost_acked", "rpo"]),
    ("forget_on_restart", "restart_all.json", {"system.bug": "forget_on_restart"}, ["lost_acked", "rpo_after_heal"]),
    ("late replication", "s04_database_failover.json", {"system.interval": "10s"}, ["rpo"]),
]
# The same situations in less time: the windows around the fault are shorter, nothing else.
SHORT = {"steady_state.window": "1s", "settle": "1s"}


def one(job):
    """Runs one cell; returns (row, planted, seed, targets that must be missed, finished process, result)."""
    index, (row, scenario, plant, missed), planted, seed = job
    settings = {"system.network": f"127.{1 + index % 250}", **SHORT, **on_any_machine(SCENARIOS / scenario)}
    if planted:
        settings.update(plant)
    with Scratch("truth") as scratch:
        done, result, _ = scratch.run(SCENARIOS / scenario, "-q", "--seed", seed, *set_arguments(settings), timeout=240)
    return row, planted, seed, missed, done, result


def complaints_of(planted, missed, done, result):
    """What is not as it must be with the bug, or without."""
    seen = grades(result) if result else {}
    exits = 1 if planted else 0
    complaints = [] if done.returncode == exits else [f"exit {done.returncode}, wanted {exits}"]
    if planted:
        complaints += [f"{name} is {seen.get(name)}, wanted missed" for name in missed if seen.get(name) != "missed"]
    else:
        complaints += [f"{name} is {grade}, wanted met" for name, grade in seen.items() if grade != "met"]
    return complaints


def figures_of(result):
    return {target["id"]: (target["measurement"] or {}).get("value") for target in result["targets"]}


def span(values):
    """"3–17" over the low ends of the intervals seen."""
    lows = sorted(value["low"] for value in values if value and value["low"] is not None)
    return f"{lows[0]:.4g}–{lows[-1]:.4g}" if lows else "-"


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10 if NIGHTLY else 1
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cells = [(row, planted, seed) for seed in range(first, first + seeds)
             for row in ROWS for planted in (True, False)]
    jobs = [(index, *cell) for index, cell in enumerate(cells)]
    tally = Tally()
    figures = {}
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for row, planted, seed, missed, done, result in pool.map(one, jobs):
            what = f"{row}, {'planted' if planted else 'sound'}, seed {seed}"
            said = done.stdout + done.stderr
            tally.check(result, f"{what}: there is a result", said)
            complaints = "\n".join(complaints_of(planted, missed, done, result))
            if planted:
                tally.check(not complaints, what, f"{complaints}\n{said}")
            else:
                tally.sound_run(not complaints, what, f"{complaints}\n{said}")
                tally.check(result and not unsafe(result), f"{what}: nothing is lost or split", said)
            for name, value in figures_of(result).items() if result else ():
                figures.setdefault((row, planted), {}).setdefault(name, []).append(value)
    print(f"{'row':<20}{'target':<22}{'planted':>16}{'sound':>12}")
    for row, _, _, missed in ROWS:
        for name in missed:
            print(f"{row:<20}{name:<22}" + "".join(
                f"{span(figures.get((row, planted), {}).get(name, [])):>{width}}"
                for planted, width in ((True, 16), (False, 12))))
    tally.finish()


if __name__ == "__main__":
    main()
