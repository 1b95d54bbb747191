#!/usr/bin/env python3
"""A hop without faults is not to be noticed: write patterns of real protocols, and redis, through it and direct.

Paths take turns in the same run, and their middles are compared. A relay of our own without TCP_NODELAY has to be found
by the same comparison. Bounds are for any machine; `bench/write_patterns.py` has the narrow ones.
"""

import csv
import io
import json
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from harness import Tally, need, program
from wire_patterns import PATTERNS, TELLING, Place, listen, measure_paths, quantile, relay_to, serve_pattern

SLOWER_MS = 10  # A delayed ACK is 40 ms.
ATTEMPTS = 5    # A machine that is taken away for a moment is late in one of them.
ROUNDS = 2


class Hops:
    """`gameday proxy` with a proxy before each port."""

    def __init__(self):
        self.process = subprocess.Popen([program(), "proxy", "--port", "0"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        says = self.process.stdout.readline()
        self.api = next(word for word in says.split() if word.startswith("http://"))

    def before(self, port):
        body = {"name": f"to{port}", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{port}"}
        with urllib.request.urlopen(f"{self.api}/proxies", json.dumps(body).encode(), timeout=30) as answer:
            return int(json.load(answer)["listen"].rsplit(":", 1)[1])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def slower_ms(seen, path, pattern):
    """By how much the middle of what that path took is above the direct one's; of streams the ninth tenth."""
    share = 0.9 if pattern.startswith("stream") else 0.5
    return quantile(seen[path], share) - quantile(seen["direct"], share)


def least_of(slower):
    """The least of some attempts; one below the bound is enough."""
    least = slower()
    for _ in range(ATTEMPTS - 1):
        if least < SLOWER_MS:
            break
        least = min(least, slower())
    return least


def patterns_are_as_direct(tally, hops):
    server = Place(serve_pattern)
    naive = Place(relay_to(server.port))
    ports = {"direct": server.port, "hop": hops.before(server.port)}
    try:
        for pattern in PATTERNS:
            least = least_of(lambda: slower_ms(measure_paths(pattern, ports, ROUNDS), "hop", pattern))
            tally.check(least < SLOWER_MS, f"{pattern}: a hop is as direct", f"slower by {least:.2f} ms")
        for pattern in TELLING:
            # The kernel acknowledges at once as long as it likes: not every attempt meets the delay.
            slower = 0
            for _ in range(ATTEMPTS):
                seen = measure_paths(pattern, {"direct": server.port, "naive": naive.port}, 1)
                slower = max(slower, slower_ms(seen, "naive", pattern))
                if slower > SLOWER_MS:
                    break
            tally.check(slower > SLOWER_MS, f"{pattern}: a relay that delays is found", f"slower by {slower:.2f} ms")
    finally:
        naive.end()
        server.end()


class Redis:
    def __init__(self):
        with listen() as chosen:
            self.port = chosen.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="gameday-redis-")
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", self.folder.name], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("redis-server does not listen")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        self.folder.cleanup()


def redis_p50_ms(port, arguments):
    """{command: p50} of redis-benchmark with one connection."""
    done = subprocess.run(["redis-benchmark", "-p", str(port), "-c", "1", "-n", "200", "--csv", *arguments],
                          text=True, capture_output=True, timeout=120)
    return {row["test"]: float(row["p50_latency_ms"]) for row in csv.DictReader(io.StringIO(done.stdout))}


def redis_is_as_direct(tally, hops):
    redis = Redis()
    try:
        hop = hops.before(redis.port)
        for arguments in (["-t", "set,get,lrange_100"], ["-t", "set,get", "-P", "8", "-d", "3000"]):
            def slower():
                direct, through = redis_p50_ms(redis.port, arguments), redis_p50_ms(hop, arguments)
                return max(through[command] - direct[command] for command in direct)
            least = least_of(slower)
            tally.check(least < SLOWER_MS, f"redis-benchmark {' '.join(arguments)}: a hop is as direct",
                        f"slower by {least:.2f} ms")
    finally:
        redis.end()


def main():
    need({"redis-server": "redis-server", "redis-benchmark": "redis-tools"})
    tally = Tally()
    hops = Hops()
    try:
        patterns_are_as_direct(tally, hops)
        redis_is_as_direct(tally, hops)
    finally:
        hops.end()
    tally.finish()


if __name__ == "__main__":
    main()
