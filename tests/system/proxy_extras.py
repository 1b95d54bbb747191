#!/usr/bin/env python3
"""What `gameday proxy` has beyond Toxiproxy, with real programs: DNS through a UDP proxy (dnsmasq, dig), a change of
a hundred proxies at once, a lease that nobody renews, a host with two addresses, Unix sockets and `kill -9`."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from harness import Tally, need, program

class Server:
    """`gameday proxy` on a port that is free."""

    def __init__(self, *prefix):
        self.process = subprocess.Popen(
            [*prefix, program(), "proxy", "--host", "127.0.0.1", "--port", "0", "--seed", "7"],
            env={name: value for name, value in os.environ.items() if name != "GAMEDAY_PROXY_TOKEN"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        says = self.process.stdout.readline()
        self.url = next((word for word in says.split() if word.startswith("http://")), "")

    def call(self, method, path, body=None):
        """Status and answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def end(self, number=signal.SIGTERM):
        """What it said on stderr."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[1]


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def ask(port, *options):
    """What dig says of the one name that the server knows."""
    done = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "gameday.test", "+short", *options],
                          text=True, capture_output=True, timeout=60)
    return done.stdout.strip()


def check_dns(tally, server):
    upstream = free_port(socket.SOCK_DGRAM)
    dns = subprocess.Popen(
        ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
         "--pid-file", "--listen-address=127.0.0.1", "--bind-interfaces", f"--port={upstream}",
         "--address=/gameday.test/192.0.2.7"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        status, proxy = server.call("POST", "/proxies", {
            "name": "dns", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}",
            "gameday": {"protocol": "udp"}})
        tally.check(status == 201 and proxy["gameday"] == {"protocol": "udp"}, "a UDP proxy is created")
        port = int(proxy["listen"].rsplit(":", 1)[1])
        answers = [ask(port, "+tries=5", "+timeout=1") for _ in range(3)]
        tally.check(answers == ["192.0.2.7"] * 3, f"dig is answered through it: {answers}")
        toxic = {"type": "packet_loss", "stream": "upstream", "attributes": {"loss": 1000000}}
        server.call("POST", "/proxies/dns/toxics", toxic)
        lost = ask(port, "+tries=1", "+timeout=1")
        tally.check("192.0.2.7" not in lost, f"with all questions lost it is not: {lost}")
        server.call("PATCH", "/proxies/dns/toxics/packet_loss_upstream", {"attributes": {"loss": 300000}})
        again = [ask(port, "+tries=15", "+timeout=1") for _ in range(4)]
        tally.check(all("192.0.2.7" in answer for answer in again), f"with some lost, dig asks again: {again}")
        server.call("DELETE", "/proxies/dns/toxics/packet_loss_upstream")
        server.call("POST", "/proxies/dns/toxics", {"type": "duplicate", "attributes": {"share": 1000000}})
        tally.check(ask(port, "+tries=2", "+timeout=2") == "192.0.2.7", "answers that come twice do no harm")
        status, answer = server.call("POST", "/proxies/dns/toxics", {"type": "reset_peer"})
        tally.check(status == 400 and "a udp proxy has no reset_peer" in answer["error"],
                    "what streams alone have is refused")
    finally:
        dns.terminate()
        dns.wait(timeout=10)


def check_change(tally, server):
    names = [f"p{number:03}" for number in range(100)]
    for name in names:
        server.call("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:1"})
    cut = {name: {"toxics": [{"type": "timeout", "attributes": {"timeout": 0}}]} for name in names}
    spreads = []
    for toxics in (cut, {name: {"toxics": []} for name in names}) * 5:
        before = time.clock_gettime_ns(time.CLOCK_REALTIME)
        status, answer = server.call("POST", "/gameday/change", {"proxies": toxics})
        after = time.clock_gettime_ns(time.CLOCK_REALTIME)
        tally.check(status == 200 and answer["changed"] == names, "a hundred proxies are changed at once")
        tally.check(before < answer["realtime_ns"] < after, "its instant is between question and answer")
        spreads.append(answer["spread_ns"])
    print(f"spread of 100 proxies: median {sorted(spreads)[5] / 1000:.0f} us, most {max(spreads) / 1000:.0f} us")
    status, answer = server.call("POST", "/gameday/change", {"proxies": cut, "lease_ms": 300})
    tally.check(status == 200 and answer["lease"]["state"] == "in force", "a change has a lease")
    end = time.monotonic() + 30
    while time.monotonic() < end and server.call("GET", "/proxies/p000")[1]["toxics"]:
        time.sleep(0.05)
    proxies = [server.call("GET", f"/proxies/{name}")[1] for name in names]
    tally.check(all(not proxy["toxics"] for proxy in proxies), "which ends it when nobody renews it")
    leases = server.call("GET", "/gameday/leases")[1]["leases"]
    tally.check([lease["state"] for lease in leases] == ["expired"], f"and is told: {leases}"[:200])


def check_names(tally, folder):
    """A host with two addresses, of which the first refuses: the second one is served."""
    hosts = f"{folder}/hosts"
    with open(hosts, "w") as file:
        file.write("::1 two.example\n127.0.0.1 two.example\n")
    server = Server("unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh")
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        port = upstream.getsockname()[1]
        _, proxy = server.call("POST", "/proxies", {"name": "two", "upstream": f"two.example:{port}"})
        with socket.create_connection(("127.0.0.1", int(proxy["listen"].rsplit(":", 1)[1])), 10) as client:
            client.sendall(b"hello")
            upstream.settimeout(10)
            got = upstream.accept()[0].recv(5)
    tally.check(got == b"hello", "an upstream's second address is tried where the first refuses", got)
    status, seen = server.call("GET", "/gameday/connections?proxy=two")
    tally.check(seen["connections"][0]["upstream"] == f"127.0.0.1:{port}", "and is the one recorded", seen)
    server.end()


def check_unix(tally, server, folder):
    path = f"{folder}/proxy.sock"
    proxy = {"name": "unix", "listen": "unix:" + path, "upstream": "127.0.0.1:1"}
    tally.check(server.call("POST", "/proxies", proxy)[0] == 201, "a proxy listens on a Unix socket")
    said = server.end(signal.SIGKILL)
    tally.check(os.path.exists(path), "kill -9 leaves its file")
    successor = Server()
    tally.check(successor.call("POST", "/proxies", proxy)[0] == 201, "which the next start replaces")
    status, answer = successor.call("POST", "/proxies", dict(proxy, name="second"))
    tally.check(status == 500 and "address already in use" in answer["error"], "but not one in use")
    successor.end()
    tally.check(not os.path.exists(path), "and which is removed at the end")
    return said


def main():
    tally = Tally()
    need({"dnsmasq": "dnsmasq-base", "dig": "bind9-dnsutils"})
    server = Server()
    with tempfile.TemporaryDirectory() as folder:
        try:
            check_dns(tally, server)
            check_change(tally, server)
            check_names(tally, folder)
        finally:
            said = check_unix(tally, server, folder)
    tally.check(re.search(r"lease 1 has expired: as before are p000, ", said), "the server says which lease has expired")
    tally.finish()


if __name__ == "__main__":
    main()
