#!/usr/bin/env python3
"""Real etcd through the proxy hops: it is down for an election, loses nothing, never splits.

Usage: etcd.py [REPEATS] [SCENARIO...]. Prints per scenario what was observed. The quick lane is one run of three
scenarios; the nightly one, or "all", runs every one of examples/etcd. They run at once, each in a laboratory of its own.
"""

import datetime
import json
import subprocess
import sys

from harness import (NIGHTLY, ROOT, Scratch, Tally, grades, in_laboratories, listeners_on, need, processes_with,
                     set_arguments, unsafe)

EXAMPLES = ROOT / "examples/etcd"
QUICK = ["leader_killed", "leader_partitioned_one_way", "minority_partition"]
# After a two-way cut etcd (without pre-vote, its default) holds elections again when the cut member
# returns. How long that lasts is etcd's and the machine's affair: safety is required, speed printed.
# Cut one way, and without pre-vote, etcd may elect nobody before the heal either: no recovery that a target could meet.
SAFETY_ONLY = ("leader_partitioned", "leader_partitioned_one_way", "minority_partition", "majority_partition")
# Three clusters at once on two processors, which may be taken away for a moment: a third of the load of the examples,
# and more patience before an election.
LIGHT = {"load.rate_per_s": 60, "minimum_level.success": 0.9, "steady_state.success": 0.9, "system.election_ms": 2500}
# Elections are as slow as the machine, and may have to be held again: time for several, and yet the fault is longer,
# so that it is the election that ends the outage. After a cut TCP's timers, and etcd's terms, take a while.
ANY_MACHINE = {"faults.0.for": "20s", "targets.rto": "18s", "duration": "36s"}
HEALED = datetime.timedelta(seconds=24)  # the fault, and what the member needs to join again


def measured(result, metric, region=""):
    """[(low, high)] of a metric, over its faults; high is None when unbounded."""
    return [(m["value"]["low"], m["value"]["high"]) for m in result["measurements"]
            if m["metric"] == metric and m["client_region"] == region and m["value"]]


def interval(pairs):
    texts = [f"{low:.2f}–{'∞' if high is None else format(high, '.2f')}" for low, high in pairs]
    return "; ".join(texts) or "-"


def acknowledged(run_dir, scratch, node):
    """Writes acknowledged by the node between one second after the fault and its healing."""
    shown = scratch.call("show", run_dir, "--limit", "0", "--phase", "active").stdout.splitlines()
    fault = shown[shown.index("[faults]") + 2].split()
    begin = float(fault[4].split("..")[1]) + 1.0
    end = float(fault[5].split("..")[0])
    count = 0
    for line in shown[shown.index("[operations]") + 2:]:
        word = line.split()
        if len(word) < 14 or word[6] != "write" or word[10] != "ok" or word[13] != node:
            continue
        count += begin < float(word[3]) < end
    return count


def ill_afterwards(run_dir):
    """What the members' own logs say of slow answers once the fault is over: a run that accuses them then is right."""
    lines = []
    for log in (run_dir / "system").glob("*.log"):
        lines += [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    times = [(datetime.datetime.fromisoformat(line["ts"].replace("Z", "+00:00")), line["msg"]) for line in lines]
    begin = min((time for time, said in times if said.startswith("lost TCP streaming")), default=None)
    if begin is None:
        return 0
    return sum(time > begin + HEALED and "took too long" in said for time, said in times)


def check(tally, scratch, name, seed):
    path = EXAMPLES / f"{name}.json"
    longer = {"faults.0.for": "20s", "duration": "36s"} if name == "minority_partition" else {}
    slow = ANY_MACHINE if "rto" in json.loads(path.read_text())["targets"] and name not in SAFETY_ONLY else {}
    for attempt in (1, 2, 3):
        run = scratch.run(path, "-q", "--seed", seed, *set_arguments({**LIGHT, **slow, **longer}))
        said = run[0].stdout + run[0].stderr
        tally.check(run[1], f"{name}, seed {seed}: there is a result", said)
        if not run[1]:
            return
        check_safety(tally, scratch, name, seed, run)
        if name in SAFETY_ONLY:
            return
        ill = ill_afterwards(run[2]) if run[0].returncode != 0 else 0
        if not ill:
            tally.sound_run(run[0].returncode == 0, f"{name}, seed {seed} passes", said)
            return
        print(f"{name}, seed {seed}, attempt {attempt}: by its own logs etcd was slow {ill} times after its fault, "
              "and the run says so.", flush=True)
    tally.check(False, f"{name}, seed {seed}: etcd is well after its fault", said)


def check_safety(tally, scratch, name, seed, run):
    done, result, run_dir = run
    said = done.stdout + done.stderr
    tally.check(not unsafe(result), f"{name}, seed {seed}: nothing is lost or split", said)
    if name in SAFETY_ONLY:
        for target in ("lost_acked", "split_brain_writes"):
            tally.check(grades(result)[target] == "met", f"{name}, seed {seed}: {target} is met", said)
    print(f"{name:<28} seed {seed}  rto {interval(measured(result, 'rto')):<14} read "
          f"{interval(measured(result, 'rto_read')):<14} write {interval(measured(result, 'rto_write'))}  "
          f"{result['verdict']}", flush=True)
    if name == "minority_partition":
        minority = acknowledged(run_dir, scratch, "n1")
        majority = acknowledged(run_dir, scratch, "n2") + acknowledged(run_dir, scratch, "n3")
        print(f"{'':<28} acknowledged during the cut: minority {minority}, majority {majority}")
        tally.check(minority == 0 and majority > 0, f"{name}, seed {seed}: the minority refuses, "
                    "the majority serves", f"{minority} and {majority}\n{said}")
    tally.check(not processes_with(str(run_dir)) and not listeners_on("127.0.8"),
                f"{name}, seed {seed}: nothing is left running")


def main():
    need({"etcd": "etcd-server", "curl": "curl"})
    tally = Tally()
    if sys.argv[1:2] == ["--one"]:
        with Scratch("etcd") as scratch:
            check(tally, scratch, sys.argv[2], int(sys.argv[3]))
        tally.finish(false_fails=1)
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 2 if NIGHTLY else 1
    names = sys.argv[2:] or (["all"] if NIGHTLY else QUICK)
    if names == ["all"]:
        names = sorted(path.stem for path in EXAMPLES.glob("*.json")
                       if path.stem not in ("launch", "system"))
    version = subprocess.run(["etcd", "--version"], capture_output=True, text=True, check=True)
    print(version.stdout.splitlines()[0])
    in_laboratories(tally, [("--one", name, seed) for name in names for seed in range(1, repeats + 1)], workers=3,
                    TMPDIR="/run")  # in memory: three clusters that sync one disk would wait for each other
    tally.finish()


if __name__ == "__main__":
    main()
