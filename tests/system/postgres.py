#!/usr/bin/env python3
"""Real PostgreSQL, a primary and its streaming standby: what is lost is found, and nothing else.

Usage: postgres.py [REPEATS]. Each scenario of examples/postgres_streaming passes as it stands, and fails with what is
planted for it. Of every run a count by psql and by the clients' log alone (count.py) has to find the same number of
lost writes. The quick lane is three runs; the nightly one is all of them, and kills gameday with SIGKILL. They run at
once, each in a laboratory of its own.
"""

import pathlib
import random
import subprocess
import sys
import time

from harness import (NIGHTLY, ROOT, Scratch, Tally, grades, in_laboratories, listeners_on, need, processes_with,
                     set_arguments)

EXAMPLE = ROOT / "examples/postgres_streaming"
PROGRAMS = "/usr/lib/postgresql/15/bin"
ADDRESSES = "127.0.15"
# Several pairs at once on two processors that may be taken away for a moment: a third of the load, a watchdog with
# more patience, and time for it.
LIGHT = {"load.rate_per_s": 60, "minimum_level.success": 0.9, "steady_state.success": 0.9, "system.check_ms": 1500}
ANY_MACHINE = {
    "primary_killed": {"targets.rto": "8s", "targets.rpo": "1s", "faults.0.for": "14s"},
    "primary_killed_sync": {"targets.rto": "8s", "faults.0.for": "14s"},
    "primary_partitioned": {"targets.0.value": "12s", "faults.0.for": "16s"},
    "primary_partitioned_one_way": {"faults.0.for": "16s"},
    "primary_paused": {"targets.0.value": "12s", "faults.0.for": "16s"},
    "standby_cut": {"targets.availability_write": 0.9, "faults.0.expects_outage": True, "targets.catch_up": "12s",
                    "duration": "24s"},
    "lag_then_death": {"targets.0.value": "3s", "targets.1.value": "8s", "faults.0.for": "11s", "faults.1.for": "14s"},
    "zombie_returns": {"targets.rto": "8s", "faults.0.for": "12s", "duration": "26s"},
    "switchover": {"targets.outage_time": "8s"},
}
# Scenario → (what is planted, the targets that are missed).
PLANTED = {
    "primary_killed": ({"system.watchdog": False}, ["rto"]),
    "primary_killed_sync": ({"system.watchdog": False}, ["rto"]),
    "primary_partitioned": ({"system.synchronous": False}, ["lost_acked", "split_brain_writes"]),
    "primary_partitioned_one_way": ({"system.synchronous": False}, ["lost_acked", "split_brain_writes"]),
    "primary_paused": ({"system.synchronous": False, "system.rejoin": False}, ["lost_acked", "split_brain_writes"]),
    "standby_cut": ({"system.synchronous": True}, ["availability_write"]),
    "lag_then_death": ({"faults.1.at": "12s", "faults.0.for": "21s"}, ["rpo/death"]),
    "zombie_returns": ({"system.rejoin": False}, ["split_brain_writes"]),
    "switchover": ({"system.rejoin": False}, ["lost_acked", "split_brain_writes"]),
}
QUICK = [("--sound", "primary_killed_sync"), ("--sound", "lag_then_death"), ("--planted", "primary_partitioned")]


def nothing_left(tally, what, run_dir):
    tally.check(not processes_with(str(run_dir)), f"{what}: no process is left")
    tally.check(not listeners_on(ADDRESSES), f"{what}: no server listens any more")
    tag = pathlib.Path(run_dir, "system/tag")
    tally.check(not tag.exists() or not processes_with(tag.read_text().strip()), f"{what}: no child of a server is left")
    left = [path.name for path in pathlib.Path(run_dir, "system").glob("pg-*") if path.is_dir()]
    tally.check(not left, f"{what}: no data is left", left)


def counted(tally, scratch, what, run_dir):
    """The count that knows nothing of gameday's judgement."""
    done = subprocess.run([EXAMPLE / "count.py", run_dir], text=True, capture_output=True,
                          env=dict(scratch.env, GAMEDAY=scratch.command()[0]))
    print(f"  {(done.stdout + done.stderr).strip()}", flush=True)
    tally.check(done.returncode == 0, f"{what}: psql and the clients' log say the same", done.stdout + done.stderr)


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
        nothing_left(tally, what, run_dir)


def main():
    need({f"{PROGRAMS}/{name}": "postgresql" for name in ("postgres", "psql", "pg_basebackup")})
    tally = Tally()
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        what, name, number = sys.argv[1:]
        with Scratch("postgres") as scratch:
            if what == "--killed":
                killed(tally, scratch, name, float(number))
            else:
                (sound if what == "--sound" else planted)(tally, scratch, name, int(number))
        tally.finish(false_fails=1)
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 2 if NIGHTLY else 1
    seed = int(time.time()) if NIGHTLY else 1
    print(f"seed {seed}", flush=True)
    names = sorted(PLANTED)
    jobs = [(kind, name) for name in names for kind in ("--sound", "--planted")] if NIGHTLY else QUICK
    jobs = [(*job, seed + i) for job in jobs for i in range(repeats)]
    draw = random.Random(seed)
    if NIGHTLY:
        jobs += [("--killed", draw.choice(names), draw.uniform(0, 25)) for _ in range(10)]
    in_laboratories(tally, jobs, workers=3, TMPDIR="/run")  # in memory: they would wait for each other's disk
    tally.finish()


if __name__ == "__main__":
    main()
