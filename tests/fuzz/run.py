#!/usr/bin/env python3
"""Builds the fuzz targets, proves that each finds a planted defect, and runs each on its corpus.

Usage: run.py [--seconds N | --runs N] [--grow] [TARGET...]

--seconds N  each target runs so long (4)
--runs N     each target makes so many executions instead
--grow       afterwards write the pack of each target anew: the fewest inputs that reach all that was reached
Exits 1 when a property is broken (the input is kept, its path printed), 77 without clang.
New inputs go to a scratch folder; without --grow nothing is written to the corpus.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build/fuzz"
TARGETS = ["answers", "api", "base64", "bodies", "config", "etcd", "exchanges", "hello", "http", "postgres", "redirects",
           "redis"]
PLANTED_SECONDS = 60  # A planted defect is found within a second or two; a busy machine is slow.


def build(targets):
    if not shutil.which("clang++"):
        if os.environ.get("CI"):
            sys.exit("no clang++: install clang and libclang-rt-14-dev")
        print("skipped: no clang++ (Debian: clang libclang-rt-14-dev)")
        sys.exit(77)
    steps = [["cmake", "--preset", "fuzz"], ["cmake", "--build", BUILD, "--target", *[f"fuzz_{t}" for t in targets]]]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit(done.stdout[-6000:])


def unpack(target, folder):
    """The inputs of a target's pack, as files; replay.cpp says what a pack is."""
    pack = (HERE / "corpus" / f"{target}.pack").read_bytes()
    folder.mkdir(parents=True)
    while pack:
        length, _, pack = pack.partition(b"\n")
        (folder / hashlib.sha256(pack[:int(length)]).hexdigest()[:16]).write_bytes(pack[:int(length)])
        pack = pack[int(length) + 1:]


def grow(target, scratch, folders):
    """Writes the pack of a target: an input that finds the planted defect, and what reaches all that `folders` do."""
    merged = scratch / "merged" / target
    merged.mkdir(parents=True)
    # By edges alone: with the counts of how often each was passed the packs are ten times as large.
    subprocess.run([BUILD / f"tests/fuzz/fuzz_{target}", "-merge=1", "-use_counters=0", "-max_len=600", merged, *folders],
                   env=environment(), cwd=scratch, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    inputs = sorted({path.read_bytes() for path in [*merged.iterdir(), *scratch.glob(f"planted-{target}-*")]})
    (HERE / "corpus" / f"{target}.pack").write_bytes(b"".join(b"%d\n%b\n" % (len(each), each) for each in inputs))
    print(f"{target}: {len(inputs)} inputs in its pack, {sum(map(len, inputs))} bytes")


def environment(planted=False):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:malloc_context_size=3:quarantine_size_mb=4",
               UBSAN_OPTIONS="print_stacktrace=1")
    env.pop("GAMEDAY_FUZZ_PLANT", None)
    if planted:
        env["GAMEDAY_FUZZ_PLANT"] = "1"
    return env


def fuzz(target, scratch, limit, planted=False):
    """Runs one target; returns (exit status, executions, output)."""
    kind = "planted" if planted else "found"
    grown = scratch / kind / target
    grown.mkdir(parents=True)
    corpus = [HERE / "corpus" / target]
    if not planted:
        # The pack has the planted defect in it; a fuzzer that is proved has to find it itself.
        corpus.append(scratch / "pack" / target)
    # Weighing inputs by entropy took half of the time, and found less in the same time.
    command = [BUILD / f"tests/fuzz/fuzz_{target}", grown, *corpus, limit, "-print_final_stats=1",
               "-timeout=20", "-rss_limit_mb=2048", "-max_len=600", "-verbosity=0", "-entropic=0",
               f"-artifact_prefix={scratch}/{kind}-{target}-"]
    done = subprocess.run(command, env=environment(planted), cwd=scratch, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(r"number_of_executed_units: (\d+)", done.stdout)
    return done.returncode, int(found[1]) if found else 0, done.stdout


def tail(output):
    """The end of libFuzzer's output without its dictionary."""
    return "\n".join(line for line in output.splitlines() if "# Uses:" not in line)[-4000:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--grow", action="store_true")
    parser.add_argument("targets", nargs="*", default=TARGETS)
    options = parser.parse_args()
    targets = options.targets or TARGETS
    build(targets)
    limit = f"-runs={options.runs}" if options.runs else f"-max_total_time={options.seconds}"
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="gameday-fuzz-"))
    failed = False
    for target in targets:
        status, tries, output = fuzz(target, scratch, f"-max_total_time={PLANTED_SECONDS}", planted=True)
        if status == 0 or "broken property" not in output:
            print(f"{target}: the planted defect was NOT found: this lane proves nothing\n{tail(output)}")
            failed = True
            continue
        unpack(target, scratch / "pack" / target)
        status, executions, output = fuzz(target, scratch, limit)
        if status != 0 or executions == 0:
            print(f"{target}: FAILED after {executions} executions\n{tail(output)}")
            failed = True
        else:
            print(f"{target}: planted defect found after {tries} executions; {executions} executions, nothing broken", flush=True)
            if options.grow:
                grow(target, scratch, [scratch / "found" / target, scratch / "pack" / target, HERE / "corpus" / target])
    if failed:
        sys.exit(f"inputs are in {scratch}")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
