#!/usr/bin/env python3
"""`gameday proxy` under npm's toxiproxy-node-client: every endpoint, and how the server begins and ends."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import ROOT, Tally, cannot_run, program

FOLDER = ROOT / "tests/system/proxy"


def install_client(tally):
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    why = f"no {' and no '.join(missing)}: apt-get install nodejs npm" if missing else ""
    if not why and not (FOLDER / "node_modules/toxiproxy-node-client/package.json").exists():
        print("installing with npm: toxiproxy-node-client")
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        why = f"npm cannot install toxiproxy-node-client:\n{done.stdout}" if done.returncode else ""
    if why and tally.failed:
        tally.finish()
    if why:
        cannot_run(why)


class Server:
    """`gameday proxy` on a port that is free; `says` is its first line."""

    def __init__(self, *arguments):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("GAMEDAY_PROXY_TOKEN", "TOXIPROXY_URL")}
        self.process = subprocess.Popen(
            [program(), "proxy", "--host", "127.0.0.1", "--port", "0", *arguments],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.says = self.process.stdout.readline()
        self.url = next((word for word in self.says.split() if word.startswith("http://")), "")

    def call(self, *arguments):
        """The same program as its client."""
        return subprocess.run([program(), "proxy", *arguments], text=True, capture_output=True,
                              env=dict(os.environ, TOXIPROXY_URL=self.url), timeout=60)

    def end(self, number):
        """(exit code, what it said on stderr)"""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


def drives_every_endpoint(tally):
    server = Server("--metrics")
    tally.check(server.url, "the server says where it is", server.says)
    tests = len(re.findall(r"^test\(", (FOLDER / "api.mjs").read_text(), re.M))
    done = subprocess.run(["node", "--test", "--test-reporter=tap", "api.mjs"], cwd=FOLDER, text=True,
                          env=dict(os.environ, TOXIPROXY_URL=server.url), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=100)
    tally.check(done.returncode == 0 and f"# pass {tests}\n" in done.stdout,
                "toxiproxy-node-client drives every endpoint", done.stdout)
    code, said = server.end(signal.SIGTERM)
    tally.check((code, said) == (0, "stopping\n"), "SIGTERM ends it cleanly", f"{code} {said}")


def begins_with_a_config(tally):
    with tempfile.TemporaryDirectory(prefix="gameday-proxy-") as folder:
        config = pathlib.Path(folder) / "proxies.json"
        config.write_text('[{"name": "db", "listen": "localhost:0", "upstream": "localhost:1"}]')
        server = Server("-config", str(config), "-seed", "7")
        tally.check("with 1 proxy, seed 7" in server.says, "the config is in force", server.says)
        listed = server.call("list")
        fields = listed.stdout.rstrip("\n").split("\t")
        tally.check(fields[0] == "db" and fields[2:] == ["localhost:1", "enabled", "0"],
                    "list names its proxy", listed.stdout + listed.stderr)
        code, said = server.end(signal.SIGINT)
        tally.check((code, said) == (0, "stopping\n"), "SIGINT ends it cleanly", f"{code} {said}")
        for text, says in ((None, "cannot read the config"), ("{", "unexpected EOF"),
                           ('[{"name": "db"}]', "missing required field: upstream at proxy 1")):
            config.unlink(missing_ok=True)
            if text is not None:
                config.write_text(text)
            done = subprocess.run([program(), "proxy", "--port", "0", "--config", str(config)],
                                  text=True, capture_output=True, timeout=60)
            tally.check(done.returncode == 64 and says in done.stderr
                        and "want a list of proxies" in done.stderr.replace("write a", "want a"),
                        f"a config {text} is refused with a remedy", done.stderr)


def commands_work(tally):
    server = Server("--token", "secret")
    steps = [
        (["create", "-l", "localhost:0", "-u", "localhost:1", "a/b"], 0, "Created new proxy a/b on 127."),
        (["create", "-l", "localhost:0", "-u", "localhost:1", "a/b"], 64, "proxy already exists (409)"),
        (["create", "-l", "localhost:0", "-u", "http://localhost:8000", "web"], 64,
         "upstream http://localhost:8000 is a URL: write localhost:8000 (400)"),
        (["delete", "a/b"], 0, "Deleted proxy a/b"),
        (["create", "-l", "localhost:0", "-u", "localhost:1", "db"], 0, "Created new proxy db"),
        (["toxic", "add", "-t", "latency", "-n", "slow", "-a", "latency=5", "db"], 0,
         "Added downstream latency toxic 'slow' on proxy 'db'"),
        (["toxic", "update", "-n", "slow", "-a", "jitter=2", "--toxicity", "0.5", "db"], 0,
         "Updated toxic 'slow' on proxy 'db'"),
        (["inspect", "db"], 0, "slow\ttype=latency\tstream=downstream\ttoxicity=0.50\tattributes=[\t"
                               "jitter=2\tlatency=5\t]"),
        (["toxic", "remove", "-n", "slow", "db"], 0, "Removed toxic 'slow' on proxy 'db'"),
        (["toxic", "remove", "-n", "slow", "db"], 64, "toxic not found (404)"),
        (["toggle", "db"], 0, "Proxy db is now disabled"),
        (["toggle", "db"], 0, "Proxy db is now enabled"),
        (["delete", "db"], 0, "Deleted proxy db"),
        (["inspect", "db"], 64, "proxy not found (404)"),
    ]
    for words, code, says in steps:
        done = server.call(*words, "--token", "secret")
        tally.check(done.returncode == code and says in done.stdout + done.stderr, " ".join(words),
                    f"{done.returncode} {done.stdout}{done.stderr}")
    without = server.call("list")
    tally.check(without.returncode == 64 and "token required" in without.stderr,
                "without the token nothing is told", without.stderr)
    server.end(signal.SIGTERM)
    gone = server.call("list")
    tally.check(gone.returncode == 4 and "gameday proxy serve" in gone.stderr,
                "a server that is gone is named with a remedy", gone.stderr)


def says_why_nobody_is_served(tally):
    server = Server()
    created = server.call("create", "-l", "localhost:0", "-u", "nosuch.invalid:80", "web")
    host, port = created.stdout.split()[-1].rsplit(":", 1)
    for _ in range(2):
        with socket.create_connection((host, int(port)), timeout=30) as client:
            tally.check(client.recv(1) == b"", "a client of an unknown upstream is closed")
    listed = server.call("connections")
    tally.check(listed.stdout.count("refused after") == 2
                and listed.stdout.count("lookup nosuch.invalid: ") == 2,
                "the records say why", listed.stdout + listed.stderr)
    _, said = server.end(signal.SIGTERM)
    told = "proxy web: the upstream cannot be reached: lookup nosuch.invalid: "
    tally.check(said.count(told) == 1, "stderr says why, once", said)


def main():
    tally = Tally()
    begins_with_a_config(tally)
    commands_work(tally)
    says_why_nobody_is_served(tally)
    install_client(tally)
    drives_every_endpoint(tally)
    tally.finish()


if __name__ == "__main__":
    main()
