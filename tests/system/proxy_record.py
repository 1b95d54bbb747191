#!/usr/bin/env python3
"""The record of connections, with real programs: what `gameday proxy` tells while they live and when they are over,
and the connections.jsonl of a real `gameday run`. A fault that met a connection is named, and none on any other."""

import http.server
import json
import socket
import struct
import subprocess
import threading
import time

from harness import Scratch, Tally, program
from proxy_extras import Server, free_port


class Upstream:
    """Answers twice as many bytes as it got at each message; resets a connection that says "die"."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                taken, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(taken,), daemon=True).start()

    @staticmethod
    def serve(taken):
        with taken:
            try:
                while data := taken.recv(1 << 16):
                    if data == b"die":
                        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    taken.sendall(data * 2)
            except ConnectionError:
                pass


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def exchange(stream, size):
    stream.sendall(b"x" * size)
    left = 2 * size
    while left:
        left -= len(stream.recv(left))


def connections(server, query=""):
    return server.call("GET", "/gameday/connections" + query)[1]["connections"]


def until(condition, patience=30):
    end = time.monotonic() + patience
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def check_live(tally, server, port, upstream):
    before = time.clock_gettime_ns(time.CLOCK_REALTIME)
    with connect(port) as stream:
        exchange(stream, 1000)
        exchange(stream, 23)
        tally.check(until(lambda: connections(server, "?proxy=db")[0]["bytes_from"] == 2046), "bytes are counted live")
        one, = connections(server, "?proxy=db&open=true")
        tally.check((one["bytes_to"], one["ended"], one["faults"]) == (1023, "open", []), f"exactly: {one}")
        tally.check(one["client"] == "127.0.0.1:%d" % stream.getsockname()[1], "the client is told")
        tally.check(one["upstream"] == f"127.0.0.1:{upstream.port}", "and the upstream")
        tally.check(before <= one["accepted_realtime_ns"] <= time.clock_gettime_ns(time.CLOCK_REALTIME),
                    "accepting has a time of the wall clock")
        order = [one[name] for name in ("accepted_ns", "connected_ns", "first_byte_to_ns", "first_byte_from_ns")]
        tally.check(order == sorted(order), f"instants are in order: {order}")
    tally.check(until(lambda: not connections(server, "?open=true")), "it is over when the client goes")
    one, = connections(server)
    tally.check((one["ended"], one["faults"]) == ("fin_by_client", []), f"without a fault none is named: {one}")


def check_ends(tally, server, port):
    before = len(connections(server))

    def ended(count):  # so many of ours were accepted, and are over
        until(lambda: len(connections(server)) >= before + count and not connections(server, "?open=true"))

    with connect(port) as stream:
        stream.sendall(b"die")
        ended(1)
    server.call("POST", "/proxies/db/toxics", {"type": "latency", "name": "slow", "attributes": {"latency": 1}})
    with connect(port) as stream:
        exchange(stream, 10)
    ended(2)
    with connect(port) as stream:
        exchange(stream, 10)
        server.call("POST", "/proxies/db/toxics", {"type": "reset_storm", "name": "storm"})
        ended(3)
    for toxic in ("slow", "storm"):
        server.call("DELETE", f"/proxies/db/toxics/{toxic}")
    with connect(port) as stream:
        exchange(stream, 10)
    ended(4)
    seen = [(each["ended"], each["faults"]) for each in connections(server)][1:]
    tally.check(seen == [("rst_by_upstream", []), ("fin_by_client", ["slow"]), ("rst_by_fault", ["slow", "storm"]),
                         ("fin_by_client", [])], f"who ended each, and what met it: {seen}")
    counters, = server.call("GET", "/gameday/counters?proxy=db")[1]["proxies"]
    tally.check(counters["accepted"] == 5 and counters["open"] == 0 and counters["toxics"]["storm"] == 1,
                f"and in the counters: {counters}")
    tally.check(counters["ended"] == {"fin_by_client": 3, "rst_by_upstream": 1, "rst_by_fault": 1},
                f"each end is counted: {counters}")


def command(server, *arguments, text=None):
    done = subprocess.run([program(), "proxy", *arguments, "--url", server.url], input=text, text=True,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def check_commands(tally, server):
    code, said = command(server, "connections", "db")
    lines = [line.split("\t") for line in said.splitlines()]
    tally.check(code == 0 and len(lines) == 5 and lines[3][9] == "slow, storm" and
                lines[3][8].startswith("rst_by_fault after "), f"the table has them all: {said}")
    code, said = command(server, "connections", "nobody")
    tally.check(code != 0 and "proxy not found" in said, f"a proxy that is not there: {said}")
    cut = json.dumps({"proxies": {"db": {"enabled": False}}})
    code, said = command(server, "change", "--lease", "1h", "-", text=cut)
    tally.check(code == 0 and said.startswith("Changed db\nLease 1 of db: in force, "), f"a change: {said}")
    tally.check(server.call("GET", "/proxies/db")[1]["enabled"] is False, "it is in force")
    code, said = command(server, "lease", "renew", "1")
    tally.check(code == 0 and "in force" in said, f"its lease is renewed: {said}")
    code, said = command(server, "lease", "end", "1")
    tally.check(code == 0 and said == "Lease 1 of db: ended\n", f"and ended: {said}")
    tally.check(server.call("GET", "/proxies/db")[1]["enabled"] is True, "which undoes the change")
    code, said = command(server, "lease", "list")
    tally.check(said == "Lease 1 of db: ended\n", f"and is listed: {said}")
    code, said = command(server, "change", "-", text="[]")
    tally.check(code != 0 and "write a JSON object" in said, f"what is none is refused: {said}")


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Sites(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):  # A client that is reset is what the test wants.
        pass


def check_run(tally, scratch, faults, length):
    """A run before a site of ours; its result and the lines of its connections.jsonl."""
    site = Sites(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    hop = free_port(socket.SOCK_STREAM)
    scenario = {
        "name": "record", "duration": length, "settle": "100ms", "steady_state": {"window": "1s"},
        "minimum_level": {"success": 0.9},
        "system": {"regions": [{"name": "a", "nodes": [{"name": "a-1", "endpoint": f"127.0.0.1:{site.server_port}"}]}],
                   "links": [{"from": "clients:a", "to": "a-1", "listen": f"127.0.0.1:{hop}"}]},
        "load": {"driver": "http", "rate_per_s": 50, "writes": 0, "timeout": "1s", "ledger": False,
                 "clients_per_region": 4, "route": {"policy": "direct", "check_path": ""},
                 "http": {"read": {"method": "GET", "path": "/{key}"}}},
        "faults": [{"expects_outage": True, **fault} for fault in faults], "targets": {"availability": 0.5}}
    file = scratch.path / "record.json"
    file.write_text(json.dumps(scenario))
    try:
        done, result, folder = scratch.run(file)
    finally:
        site.shutdown()
    tally.check(done.returncode == 0, "the run passes", done.stdout + done.stderr)
    lines = [json.loads(line) for line in (folder / "connections.jsonl").read_text().splitlines()]
    rows = result.get("connections", [])
    for figure, member in (("connections", None), ("bytes_to", "bytes_to"), ("bytes_from", "bytes_from")):
        listed = sum(line[member] if member else 1 for line in lines)
        tally.check(listed == sum(row[figure] for row in rows) > 0, f"file and report agree on {figure}: {listed}")
    tally.check({line["link"] for line in lines} == {"clients:a->a-1"}, "lines name their link")
    tally.check(all(0 < line["accepted_ns"] < 60e9 for line in lines), "instants are those of the run's clock")
    tally.check("Connections through the proxy" in (folder / "report.txt").read_text(), "the report has a section")
    return result, lines, folder


def check_runs(tally, scratch):
    result, lines, _ = check_run(tally, scratch, [], "1s")
    tally.check(all(not line["faults"] for line in lines), "a run without faults names none")
    tally.check(not any("fault" in line["ended"] for line in lines), "and none ended a connection")
    result, lines, folder = check_run(
        tally, scratch, [{"fault": "connection_reset", "name": "storm", "to": ["a"], "clients": True, "at": "500ms",
                          "for": "500ms"}], "2s")
    reset = [line for line in lines if line["ended"] == "rst_by_fault"]
    tally.check(reset and all(line["faults"] == ["storm"] for line in reset), f"those that were reset name it: {lines}")
    bitten = result["faults"][0]["affected"]
    tally.check(len(reset) == bitten, f"as many as the fault bit: {len(reset)}, {bitten}")
    tally.check(all(not line["faults"] for line in lines if line not in reset), "the others name none")
    plural = "connection" if bitten == 1 else "connections"
    met = f"storm: {bitten} {plural} met it: {bitten} reset by a fault"
    tally.check(met in " ".join((folder / "report.txt").read_text().split()), "the report tells what it met")
    (folder / "report.txt").unlink()
    judged = scratch.call("judge", folder)
    tally.check(judged.returncode == 0 and met in " ".join((folder / "report.txt").read_text().split()),
                "and tells it again when it is judged anew", judged.stdout + judged.stderr)


def main():
    tally = Tally()
    upstream, server = Upstream(), Server()
    try:
        status, proxy = server.call("POST", "/proxies", {"name": "db", "listen": "127.0.0.1:0",
                                                         "upstream": f"127.0.0.1:{upstream.port}"})
        tally.check(status == 201, "a proxy is created")
        port = int(proxy["listen"].rsplit(":", 1)[1])
        check_live(tally, server, port, upstream)
        check_ends(tally, server, port)
        check_commands(tally, server)
    finally:
        server.end()
    with Scratch("record") as scratch:
        check_runs(tally, scratch)
    tally.finish()


if __name__ == "__main__":
    main()
