#!/usr/bin/env python3
"""TLS that ends at `gameday proxy`, begins again, and goes wrong, as curl and openssl see it in
front of nginx.

Each fault is planted between two looks that find nothing wrong; what curl says of it names it."""

import json
import pathlib
import subprocess
import tempfile
import urllib.error

from harness import Tally, need
from proxy_http import Proxy, Web

FAULTS = {"expired": "certificate has expired",
          "not_yet_valid": "certificate is not yet valid",
          "wrong_name": "no alternative certificate subject name matches",
          "unknown_ca": "unable to get local issuer certificate"}


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def certificates(folder):
    """A CA, and a certificate of the user's own making for one.example."""
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(folder, "req", "-x509", *new, "-subj", "/CN=ca of a test", "-days", "2",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl(folder, "req", "-x509", *new, "-subj", "/CN=one.example",
            "-addext", "subjectAltName=DNS:one.example", "-days", "2",
            "-keyout", "key.pem", "-out", "chain.pem")
    openssl(folder, "pkey", "-in", "key.pem", "-aes128", "-passout", "pass:x", "-out", "locked.pem")


class Bench:
    def __init__(self, tally, folder, web, proxy):
        self.tally, self.folder, self.web, self.proxy = tally, folder, web, proxy
        self.ca = {"ca": {"certificate": f"{folder}/ca.pem", "key": f"{folder}/ca.key"}}
        self.own = {"certificate": f"{folder}/chain.pem", "key": f"{folder}/key.pem"}
        self.trusted = {"tls": True, "server_name": "one.example", "ca": f"{web.folder}/cert.pem"}

    def curl(self, path="/name", name="one.example", ca="ca.pem", limit="30", more=()):
        """(curl's exit code, what it wrote, what it says is wrong)"""
        done = subprocess.run(
            ["curl", "-sS", "--max-time", limit, "--cacert", f"{self.folder}/{ca}", *more, "--resolve",
             f"{name}:{self.proxy.port}:127.0.0.1", f"https://{name}:{self.proxy.port}{path}"],
            capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    def passes(self, what, **how):
        got = self.curl(**how)
        self.tally.check(got[:2] == (0, b"one.example"), what, got)

    def aim(self, port):
        self.proxy.call("POST", "/proxies/web", {"upstream": f"127.0.0.1:{port}"})

    def refused(self, **gameday):
        """What the API says to it."""
        try:
            self.proxy.put(**gameday)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["error"]
        return 200, ""


def ends_here(bench):
    proxy, tally = bench.proxy, bench.tally
    big = (bench.web.folder / "www/big").read_bytes()
    proxy.put(tls={"terminate": bench.own})
    for version in (["--tls-max", "1.2"], ["--tlsv1.3"]):
        bench.passes(f"a certificate of one's own, {version[-1]}", ca="chain.pem", more=version)
    tally.check(bench.curl(ca="ca.pem")[0] == 60, "and another CA does not vouch for it")
    tally.check(bench.curl("/big", ca="chain.pem")[:2] == (0, big), "every byte comes")
    proxy.put(http=[{"path": "/name", "status": 503, "body": "no"}])
    got = bench.curl(ca="chain.pem", more=["-w", " %{http_code} %{http_version}"])
    tally.check(got[:2] == (0, b"no 503 1.1"), "an HTTP fault is seen within TLS", got)
    tally.check(bench.curl("/big", ca="chain.pem")[:2] == (0, big), "and leaves others alone")
    proxy.put(http=[{"path": "/big", "truncate_after": 1000}])
    tally.check(bench.curl("/big", ca="chain.pem")[0] == 18, "a body is cut within TLS")
    proxy.put(http=None)
    bench.passes("without the fault all is relayed", ca="chain.pem")


def begins_again(bench):
    proxy, tally = bench.proxy, bench.tally
    bench.aim(bench.web.tls_port)
    tally.check(bench.curl(ca="chain.pem")[1] != b"one.example", "plain text to nginx's TLS is none of it")
    proxy.put(tls={"terminate": bench.ca, "upstream": bench.trusted})
    bench.passes("an upstream of TLS that is known")
    proxy.put(tls={"upstream": {**bench.trusted, "ca": f"{bench.folder}/ca.pem"}})
    got = bench.curl()
    tally.check(got[0] in (35, 55, 56), "one that nobody vouches for is RST to the client", got)
    proxy.put(tls={"upstream": {**bench.trusted, "server_name": "two.example"}})
    tally.check(bench.curl()[0] in (35, 55, 56), "and so is one with another name")
    records = json.dumps(proxy.call("GET", "/gameday/connections?proxy=web"))
    tally.check("its certificate is not accepted" in records, "the record says why", records[-500:])
    proxy.put(tls={"upstream": {"tls": True, "verify": False}})
    bench.passes("unless nobody asks for it")
    proxy.put(tls={"upstream": bench.trusted})
    bench.passes("known again")


def goes_wrong(bench):
    proxy, tally = bench.proxy, bench.tally
    for name in ("one.example", "two.example"):
        shown = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.port}", "-servername", name,
             "-CAfile", f"{bench.folder}/ca.pem", "-verify_hostname", name, "-alpn", "h2,http/1.1"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout
        tally.check(f"CN = {name}" in shown and "Verify return code: 0 (ok)" in shown
                    and "ALPN protocol: http/1.1" in shown, f"a certificate is made for {name}", shown)
    before = len(bench.web.requests())
    for fault, says in FAULTS.items():
        proxy.put(tls={"fault": fault})
        code, _, why = bench.curl()
        tally.check(code == 60 and says in why, f"{fault}: curl says so", (code, why))
    proxy.put(tls={"fault": "reset"})
    tally.check(bench.curl()[0] == 35, "reset: the handshake ends with RST", bench.curl())
    proxy.put(tls={"fault": "stall"})
    tally.check(bench.curl(limit="2")[0] == 28, "stall: the handshake never ends")
    tally.check(len(bench.web.requests()) == before, "nginx has heard of none of them")
    proxy.put(tls={"fault": None})
    bench.passes("no fault, no trouble")
    proxy.put(tls={"fault": "expired"})
    proxy.call("POST", "/reset", answers=False)
    bench.passes("a reset takes the fault off")


def is_refused(bench):
    tally, folder = bench.tally, bench.folder
    rows = [
        ({"terminate": {"certificate": f"{folder}/none.pem", "key": f"{folder}/key.pem"}}, "no such file"),
        ({"terminate": {"certificate": f"{folder}/ca.pem", "key": f"{folder}/key.pem"}}, "is not the key of"),
        ({"terminate": {"certificate": f"{folder}/key.pem", "key": f"{folder}/key.pem"}}, "has no certificate"),
        ({"terminate": {"certificate": f"{folder}/chain.pem", "key": f"{folder}/locked.pem"}}, "is encrypted"),
        ({"terminate": bench.own, "fault": "expired"}, '"ca"'),
        ({"terminate": bench.ca, "fault": "expird"}, "expired"),
        ({"upstream": {"ca": folder}}, "is no file")]
    for tls, says in rows:
        code, why = bench.refused(tls=tls)
        tally.check(code == 400 and says in why, f"refused: {says}", (code, why))
    bench.passes("and what was refused has changed nothing")
    shown = json.dumps(bench.proxy.call("GET", "/proxies/web"))
    secret = (pathlib.Path(folder) / "ca.key").read_text().splitlines()[1]
    tally.check("ca.key" in shown and secret not in shown, "answers name the key's file, not the key")


def main():
    tally = Tally()
    need({"nginx": "nginx-light", "curl": "curl", "openssl": "openssl"})
    with tempfile.TemporaryDirectory(prefix="gameday-tls-") as folder:
        pathlib.Path(folder).chmod(0o755)  # nginx's workers are another user
        certificates(folder)
        web = Web(pathlib.Path(folder), "one.example")
        proxy = Proxy(web.port)
        try:
            bench = Bench(tally, folder, web, proxy)
            for part in (ends_here, begins_again, goes_wrong, is_refused):
                part(bench)
        finally:
            for each in (proxy, web):
                each.end()
    tally.finish()


if __name__ == "__main__":
    main()
