#!/usr/bin/env python3
"""Real Redis, a primary and two replicas under three Sentinels: what is lost is found, and nothing else.

Usage: redis.py [REPEATS] [all]. Each scenario of examples/redis_sentinel passes as it stands, and fails with what is
planted for it. Of every run a count by redis-cli and by the clients' log alone (count.py) has to agree. The quick lane
is three runs; the nightly one, or "all", is all of them, and kills gameday with SIGKILL. They run at once, each in a
laboratory of its own.
"""

import pathlib
import random
import subprocess
import sys
import time

from harness import (NIGHTLY, ROOT, Scratch, Tally, grades, in_laboratories, listeners_on, need, processes_with,
                     set_arguments)

EXAMPLE = ROOT / "examples/redis_sentinel"
ADDRESSES = "127.0.16"
# Several at once on two processors that may be taken away for a moment: a third of the load, Sentinels and a primary
# with more patience, and time for it.
LIGHT = {"load.rate_per_s": 75, "minimum_level.success": 0.9, "steady_state.success": 0.9, "system.down_after_ms": 2000,
         "system.max_lag_s": 3}
LONG = {"faults.0.for": "14s", "duration": "34s"}
ANY_MACHINE = {
    "primary_killed": {"targets.rto": "9s", "targets.rpo": "1s", "faults.0.for": "14s"},
    "primary_restarts": {"targets.outage_time": "8s", "system.down_after_ms": 20000},
    "primary_paused": {"targets.0.value": "12s", **LONG},
    "primary_partitioned": {"targets.0.value": "12s", **LONG},
    "primary_partitioned_min_replicas": {"targets.0.value": "12s", "targets.1.value": "6s",
                                         "targets.2.value": 150, **LONG},
    "primary_partitioned_one_way": LONG,
    "replica_cut": {"targets.availability_write": 0.9, "faults.0.expects_outage": True, "targets.catch_up": "14s",
                    "duration": "26s"},
    "replica_killed": {"targets.availability_read": 0.9, "targets.availability_write": 0.9,
                       "faults.0.expects_outage": True},
    "lag_then_death": {"targets.0.value": "3s", "targets.1.value": "9s", "faults.0.for": "11s", "faults.1.for": "14s"},
    "zombie_returns": {"targets.rto": "9s", "faults.0.for": "12s", "duration": "34s"},
    "switchover": {"targets.rto": "9s", "faults.1.at": "20s", "duration": "40s"},
}
# Scenario → (what is planted, the targets that are missed).
PLANTED = {
    "primary_killed": ({"system.down_after_ms": 20000}, ["rto"]),
    "primary_restarts": ({"system.appendonly": False}, ["lost_acked"]),
    "primary_paused": ({"load.redis.wait": 0}, ["lost_acked"]),
    "primary_partitioned": ({"load.redis.wait": 0}, ["lost_acked"]),
    "primary_partitioned_min_replicas": ({"system.min_replicas": 0}, ["lost_acked"]),
    "primary_partitioned_one_way": ({"load.redis.wait": 0}, ["lost_acked"]),
    "replica_cut": ({"system.min_replicas": 2}, ["availability_write"]),
    "replica_killed": ({"load.route.policy": "weighted", "load.route.check_path": ""}, ["availability_read"]),
    "lag_then_death": ({"faults.1.at": "12s", "faults.0.for": "21s"}, ["rpo/death"]),
    "zombie_returns": ({"system.rejoin": False}, ["lost_after_fault"]),
    "switchover": ({"system.graceful": False}, ["lost_acked"]),
}
# Without a version that orders writes they are suspected: the target is not met, which is all that is asked.
SUSPECTED = {"primary_partitioned", "primary_partitioned_min_replicas", "primary_paused", "zombie_returns"}
QUICK = [("--sound", "primary_killed"), ("--sound", "lag_then_death"), ("--planted", "primary_partitioned")]


def nothing_left(tally, what, run_dir):
    tally.check(not processes_with(str(run_dir)), f"{what}: no process is left")
    tally.check(not listeners_on(ADDRESSES), f"{what}: no server listens any more")
    left = [path.name for path in pathlib.Path(run_dir, "system").iterdir()
            if path.suffix not in (".log", ".rows") and path.name not in ("tag", "office")]
    tally.check(not left, f"{what}: nothing but logs and what was held is left", left)


def counted(tally, scratch, what, run_dir):
    """The count that knows nothing of gameday's judgement."""
    done = subprocess.run([EXAMPLE / "count.py", run_dir], text=True, capture_output=True,
                          env=dict(scratch.env, GAMEDAY=scratch.command()[0]))
    print(f"  {(done.stdout + done.stderr).strip()}", flush=True)
    tally.check(done.returncode == 0, f"{what}: redis-cli and the clients' log say the same", done.stdout + done.stderr)


def run(tally, scratch, what, name, seed, settings):
    settings = {**LIGHT, **ANY_MACHINE[name], **settings}
    done, result, run_dir = scratch.run(EXAMPLE / f"{name}.json", "-q", "--seed", seed, *set_arguments(settings))
    said = done.stdout + done.stderr
    tally.check(result, f"{what}: there is a result", said)
    if result:
        print(f"{what}: {result['verdict']}  {grades(result)}", flush=True)
        for fault in result["faults"]:
            tally.check(fault["affected"] > 0 and fault["healed_s"], f"{what}: {fault['name']} bit, and is healed",
                        said)
        counted(tally, scratch, what, run_dir)
        nothing_left(tally, what, run_dir)
    return done, result, said


def sound(tally, scratch, name, seed):
    what = f"{name}, seed {seed}"
    done, result, said = run(tally, scratch, what, name, seed, {})
    tally.sound_run(done.returncode == 0, f"{what} passes", said)
    for target in ("lost_acked", "split_brain_writes"):
        if result and target in grades(result):
            tally.check(grades(result)[target] == "met", f"{what}: {target} is met", said)


def planted(tally, scratch, name, seed):
    settings, missed = PLANTED[name]
    what = f"{name}, seed {seed}, with {settings}"
    done, result, said = run(tally, scratch, what, name, seed, settings)
    tally.check(done.returncode == 1, f"{what} fails", said)
    for target in missed:
        tally.check(result and grades(result)[target] == "missed", f"{what}: {target} is missed", said)
    if result and name in SUSPECTED:
        tally.check(grades(result)["split_brain_writes"] != "met", f"{what}: split-brain writes are suspected", said)


def killed(tally, scratch, name, instant):
    """gameday dies somewhere in a run; `recover` takes down what it started."""
    out = scratch.path / "killed"
    gameday = subprocess.Popen(scratch.command("run", EXAMPLE / f"{name}.json", "-q", "--out", out), env=scratch.env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        gameday.wait(instant)
    except subprocess.TimeoutExpired:
        pass
    gameday.kill()
    gameday.wait()
    recovered = scratch.call("recover")
    what = f"{name}, killed at {instant:.2f} s"
    tally.check(recovered.returncode == 0, f"{what}: recover succeeds", recovered.stdout + recovered.stderr)
    for run_dir in out.iterdir() if out.exists() else []:
        if (run_dir / "system").exists():
            nothing_left(tally, what, run_dir)


def main():
    need({"redis-server": "redis-server", "redis-cli": "redis-tools"})
    tally = Tally()
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        what, name, number = sys.argv[1:]
        with Scratch("redis") as scratch:
            if what == "--killed":
                killed(tally, scratch, name, float(number))
            else:
                (sound if what == "--sound" else planted)(tally, scratch, name, int(number))
        tally.finish(false_fails=1)
    everything = NIGHTLY or sys.argv[2:] == ["all"]
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 2 if NIGHTLY else 1
    seed = int(time.time()) if NIGHTLY else 1
    print(f"seed {seed}", flush=True)
    names = sorted(PLANTED)
    jobs = [(kind, name) for name in names for kind in ("--sound", "--planted")] if everything else QUICK
    jobs = [(*job, seed + i) for job in jobs for i in range(repeats)]
    draw = random.Random(seed)
    if everything:
        jobs += [("--killed", draw.choice(names), draw.uniform(0, 25)) for _ in range(10)]
    in_laboratories(tally, jobs, workers=3, TMPDIR="/run")  # in memory: they would wait for each other's disk
    tally.finish()


if __name__ == "__main__":
    main()
