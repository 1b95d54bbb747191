#!/usr/bin/env python3
"""Faults in the kernel against real etcd servers in namespaces, and what is left when gameday dies.

Usage: netns.py [KILLS [SEED]]. Runs itself again in a laboratory of its own (examples/lab.sh), so that nothing of
this machine's network is touched. Runs every scenario of examples/etcd_netns once, and some without privileges, which
must be refused; then kills gameday (SIGKILL) KILLS times at random instants of a run: traffic must be back within
100 ms, and `recover` must leave nothing.
"""

import os
import pathlib
import random
import subprocess
import sys
import time

from harness import ROOT, Scratch, Tally, grades, processes_with, runs_until_passed, unsafe

EXAMPLES = ROOT / "examples/etcd_netns"
MEMBERS = ("n1", "n2", "n3")


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
    """Whether every member hears every other within 100 ms."""
    for member in members_here():
        for number, other in enumerate(MEMBERS, 1):
            if other != member and inside(member, "ping", "-c1", "-W0.1", f"10.213.0.{number}").returncode != 0:
                return f"{member} does not hear {other}"
    return ""


def nothing_left(tally, what, run_dir):
    tally.check(not left_in_namespaces(), f"{what}: no table or link of ours is left", "\n".join(left_in_namespaces()))
    tally.check(not members_here() and "etcdbr" not in said("ip", "-o", "link"), f"{what}: the example has gone")
    tally.check(not processes_with(str(run_dir)), f"{what}: no process is left")


def check_scenario(tally, scratch, name):
    for done, result, run_dir in runs_until_passed(scratch, EXAMPLES / f"{name}.json"):
        if result:
            rto = [f"{m['value']['low']:.2f}–{m['value']['high'] or 0:.2f}" for m in result["measurements"]
                   if m["metric"] == "rto" and not m["client_region"] and m["value"]]
            print(f"{name:<28} rto {'; '.join(rto) or '-':<14} {result['verdict']}  {grades(result)}", flush=True)
            tally.check(not unsafe(result), f"{name}: nothing is lost or split", done.stdout + done.stderr)
        nothing_left(tally, name, run_dir)
    tally.check(done.returncode == 0, f"{name} passes")


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


def kill_once(tally, scratch, number, draw):
    """Kills gameday somewhere in a run; the network must heal by itself, and recover must clean up."""
    name = draw.choice(["leader_partitioned", "latency_100ms"])
    out = scratch.path / f"kill-{number}"
    run = subprocess.Popen(scratch.command("run", EXAMPLES / f"{name}.json", "-q", "--out", out), env=scratch.env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    instant = draw.uniform(0, 16)
    what = f"kill {number} of {name} at {instant:.2f} s"
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


def main():
    if os.environ.get("GAMEDAY_IN_LAB") != "yes":
        os.environ["GAMEDAY_IN_LAB"] = "yes"
        os.execv(ROOT / "examples/lab.sh", ["lab.sh", sys.executable, __file__, *sys.argv[1:]])
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    tally = Tally()
    with Scratch("netns") as scratch:
        for name in sorted(path.stem for path in EXAMPLES.glob("*.json") if path.stem not in ("launch", "system")):
            check_scenario(tally, scratch, name)
        for name in ("leader_partitioned", "region_outage", "latency_100ms", "bandwidth_1mbit"):
            check_without_privileges(tally, scratch, name)
        print(f"{kills} kills, seed {seed}", flush=True)
        draw = random.Random(seed)
        for number in range(kills):
            kill_once(tally, scratch, number, draw)
    tally.finish()


if __name__ == "__main__":
    main()
