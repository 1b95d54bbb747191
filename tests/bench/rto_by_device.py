#!/usr/bin/env python3
"""Do a cut by proxy and a cut by firewall give the same RTO?

Usage: rto_by_device.py [RUNS [SEED]]; runs itself in a laboratory of its own (examples/lab.sh). Two comparisons:

- One server behind one path (a hop, then a wire between two namespaces) that is cut for 3 s, at the hop or on the
  wire. The outage is as long as the cut, so both must agree with it, and with each other, run by run.
- The leader of three etcd servers is cut off, by proxies (examples/etcd) and by firewall (examples/etcd_netns), in
  turn. Elections begin after a random time of 1 to 2 s and may have to be repeated, so only distributions can agree:
  the ranges overlap, and a two-sided Mann-Whitney test does not tell them apart at 1 %.

Wants a quiet machine. Exits 1 when they disagree.
"""

import functools
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from harness import ROOT, Scratch, set_arguments  # noqa: E402

CUT = ROOT / "tests/bench/rto_by_device.json"
ON_THE_WIRE = {"faults.0.groups": [["l"], ["r"]], "faults.0.via": "firewall"}
ETCD = {"proxy": ROOT / "examples/etcd/leader_partitioned.json",
        "firewall": ROOT / "examples/etcd_netns/leader_partitioned.json"}
# What comes after the cut is not looked at: the runs end soon after it.
SHORT = {"duration": "10s", "steady_state.window": "1s"}
# How far an outage may differ from the time that the cut was in force, in seconds: two arrivals at either end (200
# op/s), and a connection or two that has to be made anew.
TOLERANCE = 0.1
LEVEL = 0.01


@functools.cache
def arrangements(m, n, u):
    """How many orders of m and n values have u pairs in which the value of the first comes later.

    The recurrence of H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
    stochastically larger than the other", Annals of Mathematical Statistics 18 (1947), p. 50-60.
    """
    if u < 0:
        return 0
    if m == 0 or n == 0:
        return int(u == 0)
    return arrangements(m - 1, n, u - n) + arrangements(m, n - 1, u)


def mann_whitney(one, other):
    """Two-sided p-value, exact without ties; a tie counts half for each side, rounded towards no difference."""
    m, n = len(one), len(other)
    later = sum((x > y) + 0.5 * (x == y) for x in one for y in other)
    extreme = -int(-min(later, m * n - later) // 1)
    below = sum(arrangements(m, n, u) for u in range(extreme + 1))
    return min(1.0, 2 * below / sum(arrangements(m, n, u) for u in range(m * n + 1)))


def rto_of(result):
    """(low, high) of the RTO over all clients; high is infinite when service never came back."""
    for each in result["measurements"]:
        if each["metric"] == "rto" and not each["client_region"] and each["value"]:
            high = each["value"]["high"]
            return each["value"]["low"], float("inf") if high is None else high
    return None


def in_force(result):
    """(low, high) of how long the fault was in force."""
    begin, end = result["faults"][0]["injected_s"], result["faults"][0]["healed_s"]
    return end["low"] - begin["high"], end["high"] - begin["low"]


def run(scratch, scenario, settings, seed):
    done, result, _ = scratch.run(scenario, "-q", "--seed", seed, *set_arguments(settings))
    rto = rto_of(result) if result else None
    if rto is None:
        sys.exit(f"no RTO:\n{done.stdout}{done.stderr}")
    return rto, result


def text_of(interval):
    return f"{interval[0]:.3f}–{interval[1]:.3f}"


def middle(interval):
    return interval[0] if interval[1] == float("inf") else sum(interval) / 2


def compare_cuts(scratch, runs, seed):
    """The same path, cut at the hop and on the wire; whether all runs are as long as the cut."""
    good = True
    print(f"{'cut of 3 s':<12} {'in force, s':<16} {'RTO, s':<16}")
    for number in range(runs):
        for device, settings in (("proxy", {}), ("firewall", ON_THE_WIRE)):
            rto, result = run(scratch, CUT, settings, seed + number)
            truth = in_force(result)
            close = rto[0] <= truth[1] + TOLERANCE and rto[1] >= truth[0] - TOLERANCE
            good = good and close and rto[1] - rto[0] < 1  # Wider ones say too little.
            print(f"{device:<12} {text_of(truth):<16} {text_of(rto):<16} {'' if close else 'DISAGREES'}", flush=True)
    return good


def compare_elections(scratch, runs, seed):
    """The leader cut off, in turn by proxies and by firewall; whether the distributions agree."""
    seen = {device: [] for device in ETCD}
    print(f"\n{'etcd run':<12} {'proxy, s':<16} {'firewall, s':<16}")
    for number in range(runs):
        for device, scenario in ETCD.items():
            seen[device].append(run(scratch, scenario, SHORT, seed + number)[0])
        print(f"{number + 1:<12} {text_of(seen['proxy'][-1]):<16} {text_of(seen['firewall'][-1]):<16}", flush=True)
    middles = {device: [middle(each) for each in all_] for device, all_ in seen.items()}
    ranges = {device: (min(low for low, _ in all_), max(high for _, high in all_)) for device, all_ in seen.items()}
    print(f"{'median':<12} " + " ".join(f"{statistics.median(middles[device]):<16.3f}" for device in ETCD))
    print(f"{'range':<12} " + " ".join(f"{text_of(ranges[device]):<16}" for device in ETCD))
    overlap = ranges["proxy"][0] <= ranges["firewall"][1] and ranges["firewall"][0] <= ranges["proxy"][1]
    p = mann_whitney(middles["proxy"], middles["firewall"])
    print(f"ranges {'overlap' if overlap else 'DO NOT OVERLAP'}; Mann-Whitney, two-sided: p = {p:.3f}, "
          f"{'no difference shown' if p >= LEVEL else 'DIFFERENT'} at {LEVEL:.0%}")
    return overlap and p >= LEVEL


class OnTheLeft(Scratch):
    """gameday stands on the left, as its clients do."""

    def command(self, *arguments):
        return ["nsenter", "--net=/run/netns/cut-left", *super().command(*arguments)]


# It takes all who come at once: with a short queue some would have to knock twice after the cut.
SERVER = """
import http.server
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer.request_queue_size = 512
http.server.ThreadingHTTPServer(("10.214.0.2", 8080), Hello).serve_forever()
"""


def wire():
    """Two namespaces and a wire, and a web server on the right. All of it ends with the laboratory."""
    subprocess.run(["sh", "-ec", """
        ip netns add cut-left; ip netns add cut-right
        ip -n cut-left link add wire type veth peer name wire netns cut-right
        ip -n cut-left addr add 10.214.0.1/24 dev wire; ip -n cut-right addr add 10.214.0.2/24 dev wire
        for side in left right; do ip -n cut-$side link set lo up; ip -n cut-$side link set wire up; done"""], check=True)
    return subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "nsenter", "--net=/run/netns/cut-right",
                             sys.executable, "-c", SERVER])


def main():
    if os.environ.get("GAMEDAY_IN_LAB") != "yes":
        os.execv(ROOT / "examples/lab.sh", ["lab.sh", sys.executable, __file__, *sys.argv[1:]])
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with Scratch("rto") as scratch:
        elections = compare_elections(scratch, runs, seed)
    with OnTheLeft("rto") as scratch:
        server = wire()
        cuts = compare_cuts(scratch, 3, seed)
        server.kill()
        server.wait()
    print("proxy and firewall " + ("agree" if elections and cuts else "DISAGREE"))
    sys.exit(0 if elections and cuts else 1)


if __name__ == "__main__":
    main()
