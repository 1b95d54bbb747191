#!/usr/bin/env python3
"""HTTP faults and routes by server name of `gameday proxy`, as curl sees them in front of nginx.

Each fault bites the request that it names and leaves the others alone."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from harness import Tally, need, program

def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


class Web:
    """nginx that says its name at /name, sends a file of 100,000 bytes at /big and takes any body."""

    def __init__(self, folder, name):
        self.folder = folder / name
        (self.folder / "www").mkdir(parents=True)
        (self.folder / "www/big").write_bytes(bytes(range(256)) * 390 + b"x" * 160)
        (self.folder / "www/name").write_text(name)
        self.port, self.tls_port = free_port(), free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-days", "2", "-keyout", "key.pem", "-out", "cert.pem"],
                       cwd=self.folder, check=True, capture_output=True, timeout=60)
        (self.folder / "nginx.conf").write_text(f"""
daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{}}
http {{
  access_log {self.folder}/access.log; root {self.folder}/www; client_max_body_size 10m;
  client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p;
  fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
  server {{
    listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.tls_port} ssl;
    ssl_certificate {self.folder}/cert.pem; ssl_certificate_key {self.folder}/key.pem;
    location /up {{ proxy_pass http://127.0.0.1:{self.port}/taken; }}
    location /taken {{ return 200 "took $content_length"; }}
  }}
}}
""")
        self.process = subprocess.Popen(["nginx", "-p", str(self.folder), "-c", "nginx.conf"],
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls_port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "error.log").read_text())

    def requests(self):
        """Paths that it was asked for, in order."""
        return re.findall(r'"\w+ (\S+) HTTP', (self.folder / "access.log").read_text())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


class Proxy:
    def __init__(self, upstream):
        self.process = subprocess.Popen([program(), "proxy", "--port", "0", "--seed", "7"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        says = self.process.stdout.readline()
        self.api = next(word for word in says.split() if word.startswith("http://"))
        made = self.call("POST", "/proxies", {"name": "web", "upstream": f"127.0.0.1:{upstream}"})
        self.port = int(made["listen"].rsplit(":", 1)[1])

    def call(self, method, path, body=None, answers=True):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.api + path, data, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer) if answers else None

    def put(self, **gameday):
        self.call("PATCH", "/proxies/web", {"gameday": gameday})

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def curl(*arguments):
    """(curl's exit code, what it wrote)"""
    done = subprocess.run(["curl", "-s", "--max-time", "30", *arguments], capture_output=True,
                          timeout=60)
    return done.returncode, done.stdout


def codes(proxy, *paths):
    """Statuses of requests on one connection, and how many connections curl made for them."""
    urls = []
    for path in paths:
        urls += ["-o", "/dev/null", f"http://127.0.0.1:{proxy.port}{path}"]
    _, out = curl("-w", "%{http_code} %{num_connects}\n", *urls)
    rows = [line.split() for line in out.decode().splitlines()]
    return [int(row[0]) for row in rows], sum(int(row[1]) for row in rows)


def seconds(proxy, path):
    code, out = curl("-o", "/dev/null", "-w", "%{time_starttransfer} %{time_total}",
                     f"http://127.0.0.1:{proxy.port}{path}")
    return (code, *map(float, out.split()))


def answers(tally, web, proxy):
    big = (web.folder / "www/big").read_bytes()
    url = f"http://127.0.0.1:{proxy.port}"
    proxy.put(http=[{"path": "/name", "status": 503, "body": "no"}])
    tally.check(codes(proxy, "/name", "/big", "/name", "/big") == ([503, 200, 503, 200], 1),
                "an injected answer keeps the connection, and other requests are relayed")
    tally.check(curl(url + "/name") == (0, b"no") and curl(url + "/big") == (0, big),
                "the body is the fault's, and every byte of another one is nginx's")
    tally.check("/name" not in web.requests(), "nginx never saw what was answered in its place")
    upload = web.folder / "upload"
    upload.write_bytes(big * 20)
    sent = curl("-T", str(upload), url + "/name", "-T", str(upload), url + "/up/x",
                "-H", "Expect:", "-w", ";")
    tally.check(sent == (0, b"no;took 2000000;"), "bodies of requests: one swallowed, one relayed",
                sent)
    proxy.put(http=[{"path": "/name", "method": "PUT", "status": 500}])
    tally.check(codes(proxy, "/name")[0] == [200], "another method is not met")
    proxy.put(http=[{"header": "X-User: a*", "status": 418}])
    named = [curl("-o", "/dev/null", "-w", "%{http_code}", "-H", f"X-User: {user}", url + "/name")[1]
             for user in ("anna", "bob")]
    tally.check(named == [b"418", b"200"], "a header chooses whose requests are met", named)


def choices(tally, web, proxy):
    proxy.put(http=[{"path": "/name", "status": 503, "first": 2}])
    tally.check(codes(proxy, *["/name"] * 4)[0] == [503, 503, 200, 200], "the first two are met")
    proxy.put(http=[{"path": "/name", "status": 503, "every": 3}])
    tally.check(codes(proxy, *["/name"] * 7)[0] == [200, 200, 503, 200, 200, 503, 200],
                "each third is met")
    runs = []
    for _ in range(2):
        again = Proxy(web.port)
        again.put(http=[{"path": "/name", "status": 503, "share": 0.5}])
        runs.append(codes(again, *["/name"] * 40)[0])
        again.end()
    tally.check(runs[0] == runs[1] and 5 < runs[0].count(503) < 35, "a share repeats with its seed", runs)


def bodies(tally, web, proxy):
    big = (web.folder / "www/big").read_bytes()
    url = f"http://127.0.0.1:{proxy.port}"
    proxy.put(http=[{"path": "/big", "delay": "700ms"}])
    code, first, _ = seconds(proxy, "/big")
    tally.check(code == 0 and first >= 0.7, "a delay is before the response", first)
    tally.check(seconds(proxy, "/name")[2] < 0.7, "and not before another one")
    proxy.put(http=[{"path": "/big", "delay": "1s", "delay_after": 50000}])
    code, first, total = seconds(proxy, "/big")
    tally.check(code == 0 and first < 1 <= total, "a delay is within the body", (first, total))
    tally.check(curl(url + "/big") == (0, big), "of which no byte is lost")
    for way, exits in (("close", 18), ("reset", 56)):
        proxy.put(http=[{"path": "/big", "truncate_after": 1000, "truncate_with": way}])
        tally.check(curl(url + "/big") == (exits, big[:1000]), f"a body is cut by {way}")
        tally.check(curl(url + "/name") == (0, web.folder.name.encode()), "and another one is not")
    proxy.put(http=[{"path": "/big", "rate": "100KB"}])
    code, _, total = seconds(proxy, "/big")
    tally.check(code == 0 and total >= 0.99, "100,000 bytes at 100 KB/s take a second", total)
    proxy.put(http=[{"path": "/big", "replace_header": "Content-Type: x/y"}])
    types = [curl("-o", "/dev/null", "-w", "%{content_type}", url + path)[1] for path in ("/big", "/name")]
    tally.check(types == [b"x/y", b"text/plain"], "a header is another one", types)
    proxy.put(http=None)
    tally.check(codes(proxy, "/big", "/name") == ([200, 200], 1), "without faults all is relayed")


def routes(tally, web, other, proxy):
    def ask(name):
        return curl("-k", "--resolve", f"{name}:{proxy.port}:127.0.0.1", f"https://{name}:{proxy.port}/name")
    proxy.put(tls={"routes": {"one.example": f"127.0.0.1:{web.tls_port}",
                              "*.two.example": f"localhost:{other.tls_port}"}, "otherwise": "unrecognized_name"})
    tally.check(ask("one.example") == (0, b"one.example"), "a server name is led to its upstream")
    tally.check(ask("x.two.example") == (0, b"two.example"), "and another one to another")
    tally.check(ask("three.example")[0] == 35, "a name without route is refused by an alert",
                ask("three.example"))
    checked = curl("--cacert", str(web.folder / "cert.pem"), "--resolve",
                   f"one.example:{proxy.port}:127.0.0.1", f"https://one.example:{proxy.port}/name")
    tally.check(checked == (0, b"one.example"), "TLS is end to end: the certificate is the server's")


def main():
    tally = Tally()
    need({"nginx": "nginx-light", "curl": "curl", "openssl": "openssl"})
    with tempfile.TemporaryDirectory(prefix="gameday-http-") as folder:
        pathlib.Path(folder).chmod(0o755)  # nginx's workers are another user
        web, other = Web(pathlib.Path(folder), "one.example"), Web(pathlib.Path(folder), "two.example")
        proxy = Proxy(web.port)
        try:
            answers(tally, web, proxy)
            choices(tally, web, proxy)
            bodies(tally, web, proxy)
            routes(tally, web, other, proxy)
        finally:
            for each in (proxy, web, other):
                each.end()
    tally.finish()


if __name__ == "__main__":
    main()
