#!/usr/bin/env python3
"""Replication lag is what was asked for, by markers written and read from outside: late by a delay, a second
more each second of a pause, by what a throttle does not let through; and the way back is measured.

Three runs of the reference regions at once, replication from us-east to ap-south through the proxy.
"""

import concurrent.futures
import json
import statistics

from harness import Scratch, Tally

REPLICA = 2  # ap-south-1, in the order of the nodes
DELAY, HELD, RATE = 0.4, 5.0, 4000
RUNS = {
    "delay": ({"mode": "delay", "delay": "400ms"}, "127.1"),
    "pause": ({"mode": "pause"}, "127.2"),
    "throttle": ({"mode": "throttle", "rate": f"{RATE}B"}, "127.3"),
}


def scenario(fault, network):
    return {
        "name": "replication-lag",
        "system": {"launch": "regions", "regions": ["us-east", "eu-west", "ap-south"], "network": network,
                   "replication": "quorum", "lease": "3s", "check_interval": "300ms"},
        "load": {"driver": "http", "rate_per_s": 200, "writes": 0.5, "timeout": "1s",
                 "route": {"policy": "failover"}},
        "faults": [{"name": "behind", "at": "2s", "for": f"{HELD}s", "fault": "replication_lag",
                    "from": "us-east", "to": "ap-south", **fault}],
        "targets": [{"metric": "catch_up", "value": "20s"}, {"metric": "lost_acked", "value": 0}],
    }


def run(name):
    fault, network = RUNS[name]
    with Scratch(f"lag-{name}") as scratch:
        path = scratch.path / f"{name}.json"
        path.write_text(json.dumps(scenario(fault, network)))
        done, result, directory = scratch.run(path, "-q")
        evidence = None
        if directory and (directory / "evidence/evidence.json").exists():
            evidence = json.loads((directory / "evidence/evidence.json").read_text())["evidence"]
    return name, done, result, evidence


class Lags:
    """The samples of the replica, in seconds: (asked, answered, at least, at most)."""

    def __init__(self, evidence):
        fault = evidence["faults"][0]
        self.injected, self.healed = fault["injected"][1] / 1e9, fault["healed"][0] / 1e9
        self.samples = [tuple(each / 1e9 for each in at + lag)
                        for at, node, lag, _ in evidence["lags"] if node == REPLICA]
        self.before = [each for each in self.samples if each[1] < evidence["faults"][0]["injected"][0] / 1e9]
        self.usual = statistics.quantiles([high for _, _, _, high in self.before], n=10)[-1]

    def under(self, settle=0.0):
        return [each for each in self.samples
                if each[0] > self.injected + settle and each[1] < self.healed]


def most(samples, fits):
    """Whether it is so of nine in ten. A machine that stalls makes some later than they would be."""
    return len(samples) >= 5 and sum(map(fits, samples)) >= 0.9 * len(samples)


def is_late_by(lags, delay):
    """The samples of the settled fault allow for the delay and what is usual, and for nothing else."""
    seen = lags.under(settle=delay + lags.usual + 0.3)
    return most(seen, lambda each: each[2] <= delay + lags.usual and each[3] >= delay) \
        and statistics.median(high - low for _, _, low, high in seen) < 0.3


def grows(lags, least, most):
    """How much more lag a second, from the least to the most that the samples allow."""
    seen = lags.under(settle=0.5)
    (first, _, first_low, first_high), (last, _, last_low, last_high) = seen[0], seen[-1]
    low = (last_low - first_high) / (last - first)
    high = (last_high - first_low) / (last - first)
    print(f"  grows by {low:.2f} to {high:.2f} a second over {last - first:.1f} s")
    return last - first > HELD / 2 and high >= least and low <= most and low > 0.1


def main():
    tally = Tally()
    with concurrent.futures.ThreadPoolExecutor(len(RUNS)) as pool:
        runs = {name: rest for name, *rest in pool.map(run, RUNS)}
    lags = {}
    for name, (done, result, evidence) in runs.items():
        tally.check(done.returncode == 0 and evidence, f"{name} passes", done.stdout + done.stderr)
        if not evidence:
            tally.finish()
        lags[name] = Lags(evidence)
        catch_up = next(each for each in result["targets"] if each["id"] == "catch_up")["measurement"]["value"]
        highest = max(high for _, _, _, high in lags[name].samples)
        print(f"{name:<9} usual {lags[name].usual:.3f} s, largest {highest:.3f} s, "
              f"caught up {catch_up['low']:.2f} to {catch_up['high']:.2f} s after the heal", flush=True)
        before = lags[name].before
        tally.check(most(before, lambda each: each[2] < 0.05)
                    and statistics.median(high for _, _, _, high in before) < 0.3,
                    f"{name}: before the fault nobody is behind", before)

    tally.check(is_late_by(lags["delay"], DELAY), "the lag is the delay that was asked for",
                lags["delay"].under())
    tally.check(not is_late_by(lags["delay"], 2 * DELAY) and not is_late_by(lags["delay"], DELAY / 4),
                "a lag other than asked for would be noticed")
    tally.check(grows(lags["pause"], 1, 1), "a pause makes it a second more each second",
                lags["pause"].under())
    tally.check(grows(lags["throttle"], 0.3, 0.95), "a throttle lets some of it through",
                lags["throttle"].under())
    tally.finish()


if __name__ == "__main__":
    main()
