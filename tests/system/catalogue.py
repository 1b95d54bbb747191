#!/usr/bin/env python3
"""Every scenario file: it plans, and on the sound system it passes. Prints the figures of each.

Usage: catalogue.py [REPEATS [JOBS]]; once each in the quick lane, eight times in the nightly one, which may have one
false fail in a hundred. A write that was lost or split in any run is a failure. The files of examples/ are
planned only; etcd.py, netns.py, pair.py and staging.py run them.
"""

import concurrent.futures
import sys

from harness import NIGHTLY, ROOT, Scratch, Tally, on_any_machine, set_arguments, unsafe

SITE = {"STAGING_SITE": "/site.sh", "STAGING_DIR": "/site"}


def files():
    scenarios = [path for path in sorted((ROOT / "scenarios").glob("*.json"))
                 if not path.name.endswith(".schema.json")]
    examples = [path for path in sorted((ROOT / "examples").glob("*/*.json"))
                if path.name not in ("launch.json", "system.json")]
    return scenarios, examples


def run(job):
    index, path = job
    settings = {"system.network": f"127.{1 + index % 250}", **on_any_machine(path)}
    with Scratch("catalogue") as scratch:
        done, result, _ = scratch.run(path, "-q", "--seed", 1 + index, timeout=300, *set_arguments(settings))
    return path, done, result


def figures(result):
    """The worst figure of each declared target: "rto 1.31–1.32, lost_acked 0"."""
    texts = []
    for target in result["targets"]:
        value = (target["measurement"] or {}).get("value")
        if value is None:
            texts.append(f"{target['id']} -")
            continue
        low, high = value["low"], value["high"]
        texts.append(f"{target['id']} {low:.3g}" if low == high
                     else f"{target['id']} {low:.3g}–{'∞' if high is None else format(high, '.3g')}")
    return ", ".join(texts)


def main():
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 8 if NIGHTLY else 1
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    scenarios, examples = files()
    tally = Tally()
    with Scratch("plan") as scratch:
        for path in scenarios + examples:
            planned = scratch.call("plan", path, env=SITE)
            tally.check(planned.returncode == 0, f"{path.name} plans", planned.stderr)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for path, done, result in pool.map(run, enumerate(scenarios * repeats)):
            said = done.stdout + done.stderr
            tally.sound_run(done.returncode == 0, f"{path.name} passes on the sound system", said)
            tally.check(result and not unsafe(result), f"{path.name}: nothing is lost or split", said)
            if result:
                print(f"{path.name:<30} {result['verdict']:<13} {figures(result)}", flush=True)
    tally.finish()


if __name__ == "__main__":
    main()
