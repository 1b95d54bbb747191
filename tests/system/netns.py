#!/usr/bin/env python3
"""Faults in the kernel against real etcd servers in namespaces, and what is left when gameday dies.

Usage: netns.py [KILLS [SEED]]. Everything is done in laboratories (examples/lab.sh), each of its own, so that nothing of
this machine's network is touched. Runs scenarios of examples/etcd_netns (four in the quick lane, all in the nightly
one), and some without privileges, which must be refused; then kills gameday (SIGKILL) KILLS times at random instants
of a run: traffic must be back, and `recover` must leave nothing.
"""

import pathlib
import random
import re
import subprocess
import sys
import time

from harness import (NIGHTLY, ROOT, Scratch, Tally, grades, in_laboratories, need, processes_with, set_arguments)

EXAMPLES = ROOT / "examples/etcd_netns"
MEMBERS = ("n1", "n2", "n3")
QUICK = ("bandwidth_1mbit", "latency_100ms", "leader_partitioned", "region_outage")
# After a cut etcd (without pre-vote, its default) may hold elections again when the cut member is back. How long that
# lasts is etcd's and the machine's affair: safety is required, and that the fault bit; speed is printed.
SAFETY_ONLY = ("leader_partitioned", "leader_partitioned_one_way", "region_outage")
# A machine that stalls while messages are slow is an outage of its length.
SLOW = {"faults.0.expects_outage": True, "targets.availability": 0.6}
ANY_MACHINE = {"bandwidth_1mbit": SLOW, "latency_100ms": SLOW, "loss_5_percent": SLOW,
               "region_outage": {"faults.0.for": "8s", "duration": "24s"}}
LIGHT = {"load.rate_per_s": 60, "minimum_level.success": 0.9, "steady_state.success": 0.9, "system.election_ms": 2500}


def said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout


def inside(member, *command):
    return subprocess.run(["nsenter", f"--net=/run/netns/etcd-{member}", *command], capture_output=True, text=True)


def members_here():
    return [member for member in MEMBERS if pathlib.Path(f"/run/netns/etcd-{member}").exists()]


def left_in_namespaces():
    """Tables and links of ours in the members' namespaces and in this one."""
    found = []
    for member in members_here():
        found += [f"{member}: {line}" for line in inside(member, "nft", "list", "tables").stdout.splitlines()]
        found += [f"{member}: {line}" for line in inside(member, "ip", "-o", "link", "show", "type", "ifb")
                  .stdout.splitlines()]
    found += said("nft", "list", "tables").splitlines()
    found += said("ip", "-o", "link", "show", "type", "ifb").splitlines()
    return found


def reach_each_other():
    """Whether every member hears every other, the best of five times with no delay that a fault would make."""
    for member in members_here():
        for number, other in enumerate(MEMBERS, 1):
            said = "" if other == member else inside(
                member, "ping", "-c5", "-i0.05", "-W1", f"10.213.0.{number}").stdout
            best = re.search(r"min/avg/max/mdev = ([0-9.]+)/", said)
            if other != member and (not best or float(best[1]) > 50):
                return f"{member} does not hear {other} at once\n{said}"
    return ""


def nothing_left(tally, what, run_dir):
    tally.check(not left_in_namespaces(), f"{what}: no table or link of ours is left", "\n".join(left_in_namespaces()))
    tally.check(not members_here() and "etcdbr" not in said("ip", "-o", "link"), f"{what}: the example has gone")
    tally.check(not processes_with(str(run_dir)), f"{what}: no process is left")


def check_scenario(tally, scratch, name):
    done, result, run_dir = scratch.run(EXAMPLES / f"{name}.json", "-q", *set_arguments({**LIGHT, **ANY_MACHINE.get(name, {})}))
    said = done.stdout + done.stderr
    if name not in SAFETY_ONLY:
        tally.sound_run(done.returncode == 0, f"{name} passes", said)
    tally.check(result, f"{name}: there is a result", said)
    if result:
        rto = [f"{m['value']['low']:.2f}–{m['value']['high'] or 0:.2f}" for m in result["measurements"]
               if m["metric"] == "rto" and not m["client_region"] and m["value"]]
        print(f"{name:<28} rto {'; '.join(rto) or '-':<14} {result['verdict']}  {grades(result)}", flush=True)
        for target in ("lost_acked", "split_brain_writes"):
            tally.check(grades(result)[target] == "met", f"{name}: {target} is met", said)
        for fault in result["faults"]:
            tally.check(fault["affected"] > 0 and fault["healed_s"], f"{name}: {fault['name']} bit, and is healed", said)
    nothing_left(tally, name, run_dir)


def check_without_privileges(tally, scratch, name):
    """Refused, with what is missing and what does without; nothing has been begun."""
    out = scratch.path / f"unprivileged-{name}"
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
    done = subprocess.run(bare + scratch.command("run", EXAMPLES / f"{name}.json", "-q", "--out", out), text=True,
                          env=scratch.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    said = " ".join((done.stdout + done.stderr).split())
    tally.check(done.returncode == 4, f"{name} without privileges is refused", said)
    for words in ("CAP_SYS_ADMIN and CAP_NET_ADMIN", "`unshare -Urn`", 'proxy hops ("listen"), which need no privilege'):
        tally.check(words in said, f"{name} without privileges: the refusal names {words}", said)
    nothing_left(tally, f"{name} without privileges", out)


def kill_once(tally, scratch, name, instant):
    """Kills gameday somewhere in a run; the network must heal by itself, and recover must clean up."""
    out = scratch.path / "kill"
    run = subprocess.Popen(scratch.command("run", EXAMPLES / f"{name}.json", "-q", "--out", out), env=scratch.env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    what = f"kill of {name} at {instant:.2f} s"
    try:
        run.wait(instant)
    except subprocess.TimeoutExpired:
        pass
    run.kill()
    run.wait()
    # Only the wires matter here: the members may be half up, if the kill came early.
    complaint = reach_each_other() if all(inside(m, "ip", "route", "get", "10.213.0.254").returncode == 0
                                          for m in members_here()) and len(members_here()) == 3 else ""
    tally.check(not complaint, f"{what}: traffic is back", complaint)
    recovered = scratch.call("recover")
    tally.check(recovered.returncode == 0, f"{what}: recover succeeds", recovered.stdout + recovered.stderr)
    nothing_left(tally, what, out)


def one(tally, what, name, instant=0):
    with Scratch("netns") as scratch:
        if what == "--scenario":
            check_scenario(tally, scratch, name)
        elif what == "--refused":
            check_without_privileges(tally, scratch, name)
        else:
            kill_once(tally, scratch, name, float(instant))


def main():
    need({"etcd": "etcd-server", "curl": "curl", "ping": "iputils-ping", "nft": "nftables"})
    tally = Tally()
    if sys.argv[1:] and sys.argv[1].startswith("--"):
        one(tally, *sys.argv[1:])
        tally.finish(false_fails=1)
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20 if NIGHTLY else 3
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()) if NIGHTLY else 1
    names = sorted(path.stem for path in EXAMPLES.glob("*.json") if path.stem not in ("launch", "system"))
    print(f"{kills} kills, seed {seed}", flush=True)
    draw = random.Random(seed)
    jobs = [("--scenario", name) for name in (names if NIGHTLY else QUICK)]
    jobs += [("--kill", draw.choice(["leader_partitioned", "latency_100ms"]), draw.uniform(0, 16)) for _ in range(kills)]
    jobs += [("--refused", name) for name in QUICK]
    in_laboratories(tally, jobs, workers=3, TMPDIR="/run")  # in memory: see etcd.py
    tally.finish()


if __name__ == "__main__":
    main()
