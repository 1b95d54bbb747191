#!/usr/bin/env python3
"""What do our drivers cost? `bench_driver` beside redis-benchmark and pgbench against one server, in one run.

Usage: driver_pairs.py BENCH_DRIVER [ROUNDS] [SECONDS]. Needs redis-server, redis-tools, postgresql and taskset of Debian,
and two processors: the servers have one, whoever asks has the other, with all its threads. Ours and the peer take turns,
so that a busy spell of the machine meets both. A figure is operations for each second of the client's own processor time,
that of the system for it included. Ours has the record of a run with each operation, and warms up before it is measured;
the peers are measured from their start to their end. Redis: one command at a time on each of 50 connections. PostgreSQL:
one insert a transaction by the simple protocol, on each of 10, with the disk left out (fsync and synchronous_commit off);
pgbench draws key and value by lot, as ours does, and once more sends a statement that is always the same.
All traffic is on loopback; everything that was started is ended, and its files are gone.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "system"))
from proxy_transparent import Redis  # noqa: E402
from write_patterns import Postgres  # noqa: E402

REDIS_CONNECTIONS, POSTGRES_CONNECTIONS = 50, 10
KEYS = 100_000
REDIS_BAR, POSTGRES_BAR = 0.5, 0.8
INSERT = "insert into bench (k, v) values ({}, {})"


def processors():
    """That of the servers, and that of the clients."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        sys.exit("one processor is not enough: servers and clients would share it")
    return allowed[0], allowed[1]


def run(processor, command):
    """Runs it there; its output, and the seconds of processor time that it took."""
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(["taskset", "-c", str(processor), *map(str, command)], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}:\n{text}")
    return text, usage.ru_utime + usage.ru_stime


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        sys.exit(f"no \"{pattern}\" in:\n{text}")
    return float(found[1])


class Ours:
    def __init__(self, processor, program, driver, port, params, seconds, connections, writes):
        self.processor = processor
        self.command = [program, driver, f"127.0.0.1:{port}", params, seconds, connections, writes]

    def rate(self):
        text, _ = run(self.processor, self.command)
        if number(r"\((\d+) failed", text) + number(r"(\d+) unknown\)", text) > 0:
            sys.exit(f"not all was ok:\n{text}")
        return number(r"(\d+) operations a CPU second", text)


class RedisBenchmark:
    """Is told how many operations to make: as many as take about so long."""

    def __init__(self, processor, port, command, seconds):
        self.processor = processor
        self.command = ["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-c", REDIS_CONNECTIONS, "-P", 1,
                        "-r", KEYS, "-d", 12, "-q", "-t", command]
        text, _ = run(processor, [*self.command, "-n", 20_000])
        self.count = int(number(r"([\d.]+) requests per second", text.replace("\r", "\n")) * seconds)

    def rate(self):
        _, cpu = run(self.processor, [*self.command, "-n", self.count])
        return self.count / cpu


class PgBench:
    def __init__(self, processor, port, script, seconds):
        self.processor = processor
        self.command = ["pgbench", "-h", "127.0.0.1", "-p", port, "-U", "bench", "-n", "-M", "simple",
                        "-c", POSTGRES_CONNECTIONS, "-j", 1, "-T", seconds, "-f", script, "postgres"]

    def rate(self):
        text, cpu = run(self.processor, self.command)
        if number(r"number of failed transactions: (\d+)", text) > 0:
            sys.exit(f"not all was ok:\n{text}")
        return number(r"transactions actually processed: (\d+)", text) / cpu


def compare(what, ours, peer, rounds, bar, between=lambda: None):
    """One row: both rates at the middle, and the least, middle and greatest ratio of the rounds."""
    seen = []
    for each in range(rounds):
        between()
        # Who is first has no better place: that takes turns, too.
        first, second = (ours, peer) if each % 2 == 0 else (peer, ours)
        rates = {first: first.rate()}
        between()
        rates[second] = second.rate()
        seen.append((rates[ours], rates[peer]))
    ratios = sorted(mine / other for mine, other in seen)
    middle = statistics.median(ratios)
    mine, other = (statistics.median(each[i] for each in seen) for i in (0, 1))
    print(f"| {what} | {mine:,.0f} | {other:,.0f} | {ratios[0]:.2f} | {middle:.2f} | {ratios[-1]:.2f} | "
          f"{'met' if middle >= bar else 'MISSED'} (>= {bar}) |", flush=True)


def compare_redis(bench, rounds, seconds, processor):
    redis = Redis()
    try:
        for command, writes in (("set", 1), ("get", 0)):
            ours = Ours(processor, bench, "redis", redis.port, "{}", seconds, REDIS_CONNECTIONS, writes)
            peer = RedisBenchmark(processor, redis.port, command, seconds)
            compare(f"redis, {command}, to redis-benchmark", ours, peer, rounds, REDIS_BAR)
    finally:
        redis.end()


def psql(port, text):
    subprocess.run(["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "-d", "postgres", "-qX",
                    "-v", "ON_ERROR_STOP=1", "-c", text], check=True, stdout=subprocess.DEVNULL)


def compare_postgres(bench, rounds, seconds, processor):
    postgres = Postgres(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1])
    try:
        for setting in ("fsync = off", "synchronous_commit = off", "max_wal_size = '4GB'"):
            psql(postgres.port, f"alter system set {setting}")
        psql(postgres.port, "select pg_reload_conf()")
        psql(postgres.port, "create table bench (k bigint, v bigint)")
        params = ('{"connection": {"user": "bench", "dbname": "postgres"}, '
                  f'"write": "{INSERT.format("{key}", "{value}")}"}}')
        ours = Ours(processor, bench, "postgres", postgres.port, params, seconds, POSTGRES_CONNECTIONS, 1)
        drawing = (f"\\set k random(1, {KEYS})\n\\set v random(1, 1000000000000)\n{INSERT.format(':k', ':v')};\n")
        scripts = {"to pgbench": drawing, "to pgbench, always the same": INSERT.format(12345, 4294967296012) + ";\n"}
        for what, text in scripts.items():
            script = pathlib.Path(postgres.folder) / "script.sql"
            script.write_text(text)
            peer = PgBench(processor, postgres.port, script, seconds)
            compare(f"postgres, insert, {what}", ours, peer, rounds, POSTGRES_BAR,
                    lambda: psql(postgres.port, "truncate bench"))
    finally:
        postgres.end()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    servers, clients = processors()
    load_before = os.getloadavg()[0]
    os.sched_setaffinity(0, {servers})  # and all that is started here but by taskset
    print("| operations a CPU second | ours | theirs | ratio: least | middle | most | |\n"
          "| --- | --- | --- | --- | --- | --- | --- |")
    compare_redis(bench, rounds, seconds, clients)
    compare_postgres(bench, rounds, seconds, clients)
    print(f"{rounds} rounds of {seconds} s, load {load_before:.1f} before and {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
