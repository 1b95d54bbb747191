#!/usr/bin/env python3
"""How fast is the proxy? `gameday proxy` beside HAProxy (TCP mode) and no proxy at all, in one run.

Usage: proxy_bench.py GAMEDAY [ROUNDS] [SECONDS] [THREADS...]. Needs haproxy, nginx, wrk and iperf3 of
Debian. The server is nginx with one process and a body of 64 bytes, or iperf3; the proxies get so many
threads as THREADS say (default 1 2), gameday and HAProxy the same. Every round (default 5) takes every
figure of every path once, one after the other for so many seconds (default 2), so that a busy spell of
the machine meets all of them; the table has the medians and what they are to HAProxy's. CPU is that of
the proxy's process (/proc/PID/stat). Memory per idle connection is the growth of the resident set by
1,000 connections with one request each, taken first, on processes that have just started.
All traffic is on loopback; everything that was started is ended, and its files are gone.
"""

import json
import os
import pathlib
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

IDLE = 1000
TICK = os.sysconf("SC_CLK_TCK")
BARS = [  # figure, unit, what it must be to HAProxy's, or by itself
    ("requests", "req/s", ">=", 1.0),
    ("cpu_request", "us/req", "<=", 1.25),
    ("connects", "conn/s", ">=", 0.9),
    ("cpu_connect", "us/conn", None, None),
    ("bulk_up", "Gbit/s", ">=", 1.0),
    ("bulk_down", "Gbit/s", ">=", 1.0),
    ("cpu_bulk", "s/GB", None, None),
    ("idle", "KB/conn", "at most", 14.0),
]


def free_ports(count):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def await_port(port):
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.025)
    sys.exit(f"nobody listens on 127.0.0.1:{port} after 10 s")


class Path:
    """A way to the two servers: where it is entered, and the process in between, if any."""

    def __init__(self, name, http, bulk, command=None):
        self.name, self.http, self.bulk = name, http, bulk
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL) if command else None
        self.figures = {}

    def cpu(self):
        if self.process is None:
            return 0.0
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def put(self, figure, value):
        self.figures.setdefault(figure, []).append(value)

    def median(self, figure):
        values = self.figures.get(figure)
        return statistics.median(values) if values else None


def nginx_config(port):
    return f"""daemon off; master_process off; pid nginx.pid; error_log /dev/null;
events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 1h;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
  scgi_temp_path tmp;
  server {{ listen 127.0.0.1:{port} backlog=8192; default_type text/plain;
            location / {{ return 200 "{'x' * 64}"; }} }} }}
"""


def haproxy_config(threads, ways):
    text = f"""global
  nbthread {threads}
  maxconn 8192
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
"""
    for entry, target in ways:
        text += f"listen way{entry}\n  bind 127.0.0.1:{entry}\n  server one 127.0.0.1:{target}\n"
    return text


def gameday_config(ways):
    return json.dumps([{"name": f"way{entry}", "listen": f"127.0.0.1:{entry}",
                        "upstream": f"127.0.0.1:{target}"} for entry, target in ways])


def take_idle(path):
    """1,000 connections, each with one request and its answer, then nothing."""
    with_one = http_connections(path, 1)
    before = path.resident_kb()
    connections = http_connections(path, IDLE)
    path.put("idle", (path.resident_kb() - before) / IDLE)
    for each in with_one + connections:
        each.close()
    time.sleep(0.3)


def http_connections(path, count):
    made = []
    for _ in range(count):
        made.append(socket.create_connection(("127.0.0.1", path.http)))
        made[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while not answer.endswith(b"x" * 64):
            answer += made[-1].recv(4096)
    return made


def take_http(path, seconds, figure, cpu_figure, *options):
    begin = path.cpu()
    done = subprocess.run(["wrk", "-t2", "-c64", f"-d{seconds}s", *options,
                           f"http://127.0.0.1:{path.http}/"],
                          capture_output=True, text=True, check=True).stdout
    cpu = path.cpu() - begin
    if "Non-2xx" in done or "Socket errors" in done:
        sys.exit(f"{path.name}: {done}")
    rate = float(done.split("Requests/sec:")[1].split()[0])
    count = int(done.split(" requests in ")[0].split()[-1])
    path.put(figure, rate)
    if path.process is not None:
        path.put(cpu_figure, cpu / count * 1e6)


def transfer(path, seconds, direction):
    """CPU seconds of the proxy and what iperf3 says has been received."""
    for _ in range(5):
        begin = path.cpu()
        done = json.loads(subprocess.run(
            ["iperf3", "-c", "127.0.0.1", "-p", str(path.bulk), "-J", "-t", str(seconds), *direction],
            capture_output=True, text=True, check=False).stdout)
        if "sum_received" in done["end"]:
            return path.cpu() - begin, done["end"]["sum_received"]
        time.sleep(0.5)  # The server may not have noticed yet that the transfer before is over.
    sys.exit(f"{path.name}: iperf3: {done.get('error')}")


def take_bulk(path, seconds):
    cpu, carried = 0.0, 0
    for figure, direction in (("bulk_up", []), ("bulk_down", ["-R"])):
        used, received = transfer(path, seconds, direction)
        cpu += used
        carried += received["bytes"]
        path.put(figure, received["bits_per_second"] / 1e9)
    if path.process is not None:
        path.put("cpu_bulk", cpu / (carried / 1e9))


def open_paths(gameday, directory, threads_wanted, servers, paths):
    http, bulk, *entries = free_ports(2 + 4 * len(threads_wanted))
    (directory / "tmp").mkdir()
    (directory / "nginx.conf").write_text(nginx_config(http))
    servers.append(subprocess.Popen(
        ["nginx", "-p", str(directory), "-c", str(directory / "nginx.conf")]))
    servers.append(subprocess.Popen(
        ["iperf3", "-s", "-B", "127.0.0.1", "-p", str(bulk)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    paths.append(Path("direct", http, bulk))
    for threads in threads_wanted:
        for name in ("haproxy", "gameday"):
            ways = [(entries.pop(), http), (entries.pop(), bulk)]
            config = directory / f"{name}{threads}"
            if name == "haproxy":
                config.write_text(haproxy_config(threads, ways))
                command = ["haproxy", "-db", "-f", str(config)]
            else:
                config.write_text(gameday_config(ways))
                command = [gameday, "proxy", "--host", "127.0.0.1", "--port", "0",
                           "--threads", str(threads), "--config", str(config)]
            paths.append(Path(f"{name}, {threads} thread{'s' if threads > 1 else ''}",
                              ways[0][0], ways[1][0], command))
    for path in paths:
        await_port(path.http)
        await_port(path.bulk)


def end(processes):
    for each in processes:
        each.send_signal(signal.SIGTERM)
    for each in processes:
        try:
            each.wait(5)
        except subprocess.TimeoutExpired:
            each.kill()
            each.wait()


def verdict(ours, reference, how, bar):
    if how is None or not ours or not reference:
        return ""
    if how == "at most":
        return f"{'met' if ours <= bar else 'MISSED'} ({how} {bar:g})"
    ratio = ours / reference
    met = ratio >= bar if how == ">=" else ratio <= bar
    return f"{ratio:.2f} {'met' if met else 'MISSED'} ({how} {bar:g})"


def show(paths, threads_wanted):
    print("| path | " + " | ".join(f"{figure.replace('_', ' ')}, {unit}"
                                   for figure, unit, *_ in BARS) + " |")
    print("| --- |" + " --- |" * len(BARS))
    for path in paths:
        cells = [path.median(figure) for figure, *_ in BARS]
        print(f"| {path.name} | " + " | ".join(
            "-" if each is None else f"{each:,.0f}" if each >= 1000 else f"{each:.3g}"
            for each in cells) + " |")
    for i in range(len(threads_wanted)):
        reference, ours = paths[1 + 2 * i], paths[2 + 2 * i]
        cells = [verdict(ours.median(figure), reference.median(figure), how, bar)
                 for figure, _, how, bar in BARS]
        print(f"| {ours.name}, to HAProxy | " + " | ".join(cells) + " |")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    gameday = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    threads_wanted = [int(each) for each in sys.argv[4:]] or [1, 2]
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as directory:
        servers, paths = [], []
        try:
            open_paths(gameday, pathlib.Path(directory), threads_wanted, servers, paths)
            for path in paths[1:]:
                take_idle(path)
            for _ in range(rounds):
                for path in paths:
                    take_http(path, seconds, "requests", "cpu_request")
                for path in paths:
                    take_http(path, seconds, "connects", "cpu_connect", "-H", "Connection: close")
                for path in paths:
                    take_bulk(path, seconds)
        finally:
            end([path.process for path in paths if path.process] + servers)
    print(f"medians of {rounds} rounds of {seconds} s, {os.cpu_count()} processors, load "
          f"{load_before:.1f} before and {os.getloadavg()[0]:.1f} after")
    show(paths, threads_wanted)


if __name__ == "__main__":
    main()
