#!/usr/bin/env python3
"""Faults by HTTP request in whole runs: as many requests fail, or are late, as were to, of the kind that was
meant and only while the fault lasts; what the proxy says it did is what clients have seen.

Two runs of the reference regions at once: reads answered with 503, and writes whose answers are late.
"""

import concurrent.futures
import json
import math

from harness import Scratch, Tally

EVERYWHERE = ["us-east", "eu-west", "ap-south"]
SHARE, LATE = 0.3, 0.4
# A machine that stalls makes some late that no fault has met; a fault that met the wrong kind would make all of it late.
STALLED = 0.2
RUNS = {
    "http_error": ({"status": 503, "method": "GET", "path": "/kv/*", "share": SHARE, "expects_outage": True}, "127.1"),
    "http_delay": ({"delay": f"{LATE}s", "method": "PUT"}, "127.2"),
}


def scenario(name, fault, network):
    return {
        "name": name.replace("_", "-"),
        "system": {"launch": "regions", "regions": EVERYWHERE, "network": network, "replication": "quorum"},
        "load": {"driver": "http", "rate_per_s": 300, "writes": 0.5, "timeout": "3s",
                 "route": {"policy": "failover"}},
        "faults": [{"name": "http", "at": "2s", "for": "4s", "fault": name, "to": EVERYWHERE,
                    "from": [f"clients:{region}" for region in EVERYWHERE], **fault}],
        "targets": [{"metric": "lost_acked", "value": 0}],
    }


def table(text, section):
    """The rows of a section of `gameday show`, as dicts."""
    lines = text.split(f"[{section}]\n", 1)[1].split("\n\n", 1)[0].splitlines()
    names = lines[0].split()
    return [dict(zip(names, line.split())) for line in lines[1:]]


def run(name):
    fault, network = RUNS[name]
    with Scratch(name) as scratch:
        path = scratch.path / "scenario.json"
        path.write_text(json.dumps(scenario(name, fault, network)))
        done, _, directory = scratch.run(path, "-q")
        shown = scratch.call("show", directory, "--phase", "active", "--limit", "0").stdout if directory else ""
    return name, done, shown


class Seen:
    """What clients saw of a run."""

    def __init__(self, shown):
        fault = table(shown.replace('"', ""), "faults")[0]
        self.injected = [float(each) for each in fault["injected"].split("..")]
        self.healed = [float(each) for each in fault["healed"].split("..")]
        self.affected = int(fault["affected"])
        self.operations = [{"verb": row["verb"], "outcome": row["outcome"],
                            "begun": float(row["invoked"]), "over": float(row["completed"])}
                           for row in table(shown, "operations")]

    def of(self, verb, under):
        """Operations wholly under the fault, or wholly outside."""
        def fits(each):
            if under:
                return each["begun"] > self.injected[1] and each["over"] < self.healed[0]
            return each["over"] < self.injected[0] or each["begun"] > self.healed[1]
        return [each for each in self.operations if each["verb"] == verb and fits(each)]


def failed(operations):
    return [each for each in operations if each["outcome"] != "ok"]


def late(operations):
    return [each for each in operations if each["over"] - each["begun"] >= LATE]


def check_errors(tally, seen):
    reads, writes = seen.of("read", True), seen.of("write", True)
    share = len(failed(reads)) / len(reads)
    bound = 4 * math.sqrt(SHARE * (1 - SHARE) / len(reads))
    total = len(failed([each for each in seen.operations if each["verb"] == "read"]))
    print(f"http_error {SHARE}: {len(failed(reads))} of {len(reads)} reads failed ({share:.3f} ± {bound:.3f}); "
          f"answered by the proxy {seen.affected}, failed in all {total}", flush=True)
    tally.check(len(reads) > 300 and abs(share - SHARE) <= bound, "the share of reads that was asked for fails", share)
    tally.check(seen.affected == total, "what clients saw is what the proxy did", (seen.affected, total))
    tally.check(len(writes) > 300 and not failed(writes), "no write fails", failed(writes)[:5])
    tally.check(not failed(seen.of("read", False)), "no read fails outside the fault",
                failed(seen.of("read", False))[:5])


def check_delays(tally, seen):
    reads, writes = seen.of("read", True), seen.of("write", True)
    outside = seen.of("write", False)
    times = sorted(each["over"] - each["begun"] for each in writes)
    total = len(late([each for each in seen.operations if each["verb"] == "write"]))
    print(f"http_delay {LATE} s: {len(writes)} writes, {times[0]:.4f} to {times[len(times) // 2]:.4f} (p50) s; "
          f"late by the proxy {seen.affected}, late in all {total}", flush=True)
    tally.check(len(writes) > 300 and len(late(writes)) == len(writes), "every write is late",
                [each for each in writes if each not in late(writes)][:5])
    tally.check(times[len(times) // 2] < 1.5 * LATE, "writes are no later than that", times[len(times) // 2])
    tally.check(seen.affected >= len(writes), "the proxy has counted them", (seen.affected, len(writes)))
    tally.check(len(late(reads)) <= STALLED * len(reads) and len(reads) > 300, "reads are not late", late(reads)[:5])
    tally.check(len(late(outside)) <= STALLED * len(outside), "nor are writes outside the fault", late(outside)[:5])


def main():
    tally = Tally()
    checks = {"http_error": check_errors, "http_delay": check_delays}
    with concurrent.futures.ThreadPoolExecutor(len(RUNS)) as pool:
        for name, done, shown in pool.map(run, RUNS):
            tally.check(done.returncode == 0 and shown, f"a run with {name} ends well", done.stdout + done.stderr)
            if shown:
                checks[name](tally, Seen(shown))
    tally.finish()


if __name__ == "__main__":
    main()
