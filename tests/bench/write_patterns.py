#!/usr/bin/env python3
"""What does a hop add to each write pattern? `gameday proxy` without faults beside no proxy at all, in one run.

Usage: write_patterns.py [ROUNDS]. Needs redis-server and redis-tools of Debian. Every round (default 20) takes each
pattern of tests/system/wire_patterns.py on each path once; the table has the ms of an exchange, or those that a frame of
a stream is under way, and what the hop adds at the middle, against the bar of 0.3 ms. Where PostgreSQL is
installed, psql reads through a cursor, too. The program is $GAMEDAY, or the dev build's.
"""

import glob
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from proxy_transparent import Hops, Redis, redis_p50_ms  # noqa: E402
from wire_patterns import PATTERNS, Place, listen, measure_paths, quantile, serve_pattern  # noqa: E402

BAR_MS = 0.3


class Postgres:
    """A server of its own, which ends with `end`; where we are root it is run by nobody, for root's it does not run."""

    def __init__(self, programs):
        self.folder = tempfile.mkdtemp(prefix="gameday-postgres-")
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        if nobody:
            os.chown(self.folder, 65534, 65534)
        data = f"{self.folder}/data"
        subprocess.run([*nobody, f"{programs}/initdb", "-D", data, "-U", "bench", "-A", "trust"], check=True,
                       cwd=self.folder, stdout=subprocess.DEVNULL)
        with listen() as chosen:
            self.port = chosen.getsockname()[1]
        self.process = subprocess.Popen(
            [*nobody, f"{programs}/postgres", "-D", data, "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
             "-c", f"unix_socket_directories={self.folder}"], cwd=self.folder, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while self.fetch_ms(self.port) is None:
            if time.monotonic() > end:
                raise RuntimeError("postgres does not answer")
            time.sleep(0.1)

    def fetch_ms(self, port):
        """How long psql takes for each of 200 fetches of 10 rows; None when there is no answer."""
        text = "\\set FETCH_COUNT 10\n\\timing on\nselect i, repeat('x', 50) from generate_series(1, 2000) i;\n"
        done = subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "-d", "postgres", "-qtAX"],
                              input=text, text=True, capture_output=True, timeout=120)
        took = re.search(r"^Time: ([\d.]+) ms", done.stdout, re.M)
        return float(took.group(1)) / 200 if took else None

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder)


def measure_psql(hops, rounds):
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not programs or shutil.which("psql") is None:
        print("psql was left out: there is no PostgreSQL here", file=sys.stderr)
        return
    postgres = Postgres(programs[-1])
    try:
        hop = hops.before(postgres.port)
        taken = [(postgres.fetch_ms(postgres.port), postgres.fetch_ms(hop)) for _ in range(max(3, rounds // 4))]
        direct, through = (statistics.median(each[i] for each in taken) for i in (0, 1))
        row("psql: a fetch of 10 rows, mean alone", f"{direct:.2f}", f"{through:.2f}", through - direct)
    finally:
        postgres.end()


def row(what, direct, hop, added):
    verdict = "met" if added <= BAR_MS else "MISSED"
    print(f"| {what} | {direct} | {hop} | {added:.2f} {verdict} |", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    hops, server, redis = Hops(), Place(serve_pattern), Redis()
    try:
        ports = {"direct": server.port, "hop": hops.before(server.port)}
        print("| pattern, ms | direct: p50, p90, p99 | hop: p50, p90, p99 | a hop adds |\n| --- | --- | --- | --- |")
        for pattern in PATTERNS:
            seen = measure_paths(pattern, ports, rounds)
            texts = [", ".join(f"{quantile(seen[path], share):.2f}" for share in (0.5, 0.9, 0.99)) for path in ports]
            row(pattern, *texts, quantile(seen["hop"], 0.5) - quantile(seen["direct"], 0.5))
        hop = hops.before(redis.port)
        arguments = ["-t", "set,get,lrange_100"]
        taken = [(redis_p50_ms(redis.port, arguments), redis_p50_ms(hop, arguments)) for _ in range(max(3, rounds // 4))]
        for command in taken[0][0]:
            direct, through = (statistics.median(each[i][command] for each in taken) for i in (0, 1))
            row(f"redis-benchmark: {command}, p50 alone", f"{direct:.2f}", f"{through:.2f}", through - direct)
        measure_psql(hops, rounds)
    finally:
        redis.end()
        server.end()
        hops.end()


if __name__ == "__main__":
    main()
