#!/usr/bin/env python3
"""kill -9 of gameday at random instants of a run, then `gameday recover`: nothing of ours is left.

Usage: kill9.py [COUNT [SEED]]; 12 kills with a fixed seed in the quick lane, 60 with another each time in the nightly one.
Half of the runs launch the reference regions, half run against a staging site that stands already (nginx behind HAProxy)
and whose servers they kill, pause and stop. Several at once, each in a laboratory of its own.
After each kill: what the run left is judged and does not pass, and misses at most the last second; a new run is refused while promises are outstanding and names the command; after
`recover` no process, no stopped process and no listener of ours is left, and the site serves.
"""

import json
import random
import signal
import subprocess
import sys
import time
import urllib.request

from harness import NIGHTLY, ROOT, Scratch, Tally, in_laboratories, listeners_on, need, processes_with

REGIONS = ROOT / "tests/system/kill9_regions.json"
STAGING = ROOT / "tests/system/kill9_staging.json"
SITE = ROOT / "examples/staging/site.sh"


def kill_during(scratch, arguments, env, after):
    """Starts gameday, kills it after so many seconds; True if it still ran then."""
    out = open(scratch.path / "output.txt", "w")
    process = subprocess.Popen(scratch.command(*arguments), env=dict(scratch.env, **env),
                               stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        process.wait(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def is_stopped(pid):
    """Whether it is stopped; one that has ended since it was found is not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "Tt"
    except (FileNotFoundError, ProcessLookupError):
        return False


def owes_something(scratch):
    """Whether a journal holds a promise that was not kept (a torn last line is none)."""
    for journal in scratch.out.glob("*/journal"):
        open_promises = set()
        for line in journal.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if "promise" in entry:
                open_promises.add(entry["promise"])
            open_promises.discard(entry.get("kept"))
        if open_promises:
            return True
    return False


def check_refusal(tally, scratch, arguments, env, where):
    """While promises are outstanding a run is refused and prints what to do."""
    if not owes_something(scratch):
        return
    refused = scratch.call(*arguments, env=env)
    tally.check(refused.returncode == 4 and "gameday recover" in refused.stdout + refused.stderr,
                f"{where}: a run is refused while promises are outstanding",
                f"exit {refused.returncode}\n{refused.stdout}{refused.stderr}")


LOAD_LASTS = 4.0  # at least: until then operations are being recorded
LOST_MOST = 1.0  # of the evidence


def check_recent(tally, scratch, where, killed_at, after):
    """While the load lasts the evidence on the disk is never older than a second."""
    for stream in scratch.out.glob("*/evidence/stream"):
        age = killed_at - stream.stat().st_mtime
        if after < LOAD_LASTS:
            tally.check(age < LOST_MOST, f"{where}: at most the last second is lost", f"{age:.2f} s")


def check_judgement(tally, scratch, where, env={}):
    """What a killed run left is judged, and never passes; without a byte of evidence it is said that there is none."""
    for run in scratch.out.glob("*"):
        if (run / "evidence/SHA256SUMS").exists():
            continue  # it had come to its end
        judged = scratch.call("judge", run, env=env)
        wanted = (1, 2, 5) if (run / "evidence/stream").exists() else (4, 64)
        tally.check(judged.returncode in wanted, f"{where}: what is left is judged, and does not pass",
                    f"exit {judged.returncode}\n{judged.stdout}{judged.stderr}")


def serves(address, patience=20):
    """Whether it answers 200 within some seconds (health checks of the balancer take a moment)."""
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(f"http://{address}:8080/", timeout=3) as answer:
                return answer.status == 200
        except OSError as error:
            if time.monotonic() > until:
                print(f"{address}: {error}")
                return False
            time.sleep(0.1)


def launched(tally, after):
    where = f"regions, killed after {after:.2f} s"
    with Scratch("kill9") as scratch:
        arguments = ["run", REGIONS, "--out", scratch.out, "-q"]
        kill_during(scratch, arguments, {}, after)
        check_recent(tally, scratch, where, time.time(), after)
        check_judgement(tally, scratch, where)
        check_refusal(tally, scratch, arguments, {}, where)
        healed = scratch.call("recover")
        check_judgement(tally, scratch, where)
        tally.check(healed.returncode == 0, f"{where}: recover succeeds",
                    healed.stdout + healed.stderr)
        left = processes_with(str(scratch.path))
        tally.check(not left, f"{where}: no process is left", f"pids {left}")
        heard = listeners_on("127.")
        tally.check(not heard, f"{where}: no listener is left", f"{heard}")
        entries = list((scratch.path / "state").rglob("*.*")) if healed.returncode == 0 else []
        tally.check(not entries, f"{where}: the registry is empty", f"{entries}")
        again = scratch.call("recover")
        tally.check(again.returncode == 0, f"{where}: recover again has nothing to do",
                    again.stdout + again.stderr)


def standing(tally, after):
    where = f"staging, killed after {after:.2f} s"
    with Scratch("kill9") as scratch:
        env = {"STAGING_SITE": str(SITE), "STAGING_DIR": str(scratch.path / "site")}
        subprocess.run([SITE, "up"], env=dict(scratch.env, **env), check=True)
        try:
            arguments = ["run", STAGING, "--out", scratch.out, "-q"]
            kill_during(scratch, arguments, env, after)
            check_judgement(tally, scratch, where, env)
            check_refusal(tally, scratch, arguments, env, where)
            healed = scratch.call("recover", env=env)
            tally.check(healed.returncode == 0, f"{where}: recover succeeds",
                        healed.stdout + healed.stderr)
            for server in ("127.0.9.11", "127.0.9.12", "127.0.9.13", "127.0.9.1"):
                tally.check(serves(server), f"{where}: {server} serves again",
                            healed.stdout + healed.stderr)
            stopped = [pid for pid in processes_with(str(scratch.path / "site")) if is_stopped(pid)]
            tally.check(not stopped, f"{where}: no process is left stopped", f"pids {stopped}")
        finally:
            subprocess.run([SITE, "down"], env=dict(scratch.env, **env), check=True)


def main():
    need({"nginx": "nginx-light", "haproxy": "haproxy", "curl": "curl"})
    tally = Tally()
    if sys.argv[1:2] == ["--one"]:
        {"launched": launched, "standing": standing}[sys.argv[2]](tally, float(sys.argv[3]))
        tally.finish()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60 if NIGHTLY else 12
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()) if NIGHTLY else 1
    print(f"{count} kills, seed {seed}", flush=True)
    draw = random.Random(seed)
    in_laboratories(tally, [("--one", "standing", draw.uniform(0.0, 6.5)) if index % 2 else
                            ("--one", "launched", draw.uniform(0.0, 8.0)) for index in range(count)], workers=4)
    tally.finish()


if __name__ == "__main__":
    main()
