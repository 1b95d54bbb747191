#!/usr/bin/env python3
"""The reference regions as real processes: they serve, fail over, keep what they acknowledged under
random kills and stops, show each planted bug, and leave nothing behind.

    processes.py [PROGRAM] [--seeds N] [--jobs N]      PROGRAM: gameday-regions, default the dev build's

One seed in the quick lane, three in the nightly one. Without gameday there are no hops; nodes dial each other (hops:
false), and cuts are left to the simulation. The checks run at once, each with a network 127.N of its own.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
REGIONS = ["us-east", "eu-west", "ap-south"]


def has_ended(pid):
    """Whether it is gone, or waits to be reaped."""
    try:
        return " Z " in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


class System:
    """Three regions up for the length of a `with`."""

    def __init__(self, program, network, **settings):
        self.program = program
        self.run_dir = pathlib.Path(tempfile.mkdtemp(prefix="gameday-regions-"))
        self.network = network
        system = {"launch": "regions", "regions": REGIONS, "hops": False, "network": network}
        self.env = dict(os.environ, GAMEDAY_RUN_DIR=str(self.run_dir),
                        GAMEDAY_SYSTEM=json.dumps(dict(system, **settings)))
        self.names = [f"{region}-1" for region in REGIONS]

    def __enter__(self):
        try:
            self.call("up")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self.call("down")
        left = self.left()
        shutil.rmtree(self.run_dir, ignore_errors=True)
        assert not left, f"still there after down: {left}"

    def call(self, *words):
        done = subprocess.run([self.program, *words], env=self.env, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def left(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str(self.run_dir) in (entry / "cmdline").read_text():
                    found.append(entry.name)
            except OSError:
                continue
        return found

    def pid(self, node):
        return int((self.run_dir / "system" / f"{self.names[node]}.pid").read_text())

    def signal(self, node, what):
        os.kill(self.pid(node), what)

    def kill(self, node):
        pid = self.pid(node)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: has_ended(pid), 20, "the kill")

    def restart(self, node):
        self.call("node", "--config", str(self.run_dir / "system" / f"{self.names[node]}.json"))

    def ask(self, node, method, path, body=None, timeout=5):
        """(status, headers, body), or None when there was no answer."""
        connection = http.client.HTTPConnection(f"{self.network}.{node + 1}.1", 7000, timeout=timeout)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def status(self, node):
        answer = self.ask(node, "GET", "/status")
        return json.loads(answer[2]) if answer else None

    def primary(self):
        for node in range(3):
            answer = self.ask(node, "GET", "/primary", timeout=0.2)
            if answer and answer[0] == 200:
                return node
        return None


class Writers:
    """One writer at each node, each write a key of its own; remembers what was acknowledged."""

    def __init__(self, system):
        self.system, self.acknowledged, self.stop = system, [], threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(node,)) for node in range(3)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def write(self, node):
        count = 0
        while not self.stop.is_set():
            count += 1
            key = f"{node}x{count}"
            asked = time.monotonic()
            answer = self.system.ask(node, "PUT", f"/kv/{key}", key, timeout=0.5)
            if answer and answer[0] == 200:
                version = json.loads(answer[2])["version"]
                self.acknowledged.append((asked, time.monotonic(), key, version,
                                          answer[1]["X-Served-By"]))
            time.sleep(0.01)

    def lost(self):
        """Acknowledged writes that some node cannot read any more."""
        missing = set()
        for node in range(3):
            connection = http.client.HTTPConnection(f"{self.system.network}.{node + 1}.1", 7000,
                                                    timeout=20)
            for _, _, key, version, _ in self.acknowledged:
                connection.request("GET", f"/kv/{key}")
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status != 200 or body != {"value": key, "version": version}:
                    missing.add(key)
            connection.close()
        return missing

    def split(self):
        """Writes asked for after another was acknowledged in a later term, yet acknowledged."""
        newest, bad = [], 0
        for asked, done, _, version, _ in sorted(self.acknowledged, key=lambda write: write[1]):
            term = version >> 40
            bad += any(other > term and when < asked for when, other in newest)
            if not newest or term > newest[-1][1]:
                newest.append((done, term))
        return bad


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} took longer than {seconds} s"
        time.sleep(0.01)


def settle(system):
    """All nodes up and agreed, nothing under way."""
    def agreed():
        states = [system.status(node) for node in range(3)]
        return all(states) and len({(s["index"], s["leader"]) for s in states}) == 1 \
            and states[0]["leader"] != ""
    wait_until(agreed, 30, "agreement")


def revive(system, killed, stopped):
    for node in list(stopped):
        system.signal(node, signal.SIGCONT)
        stopped.discard(node)
    for node in list(killed):
        system.restart(node)
        killed.discard(node)


def check_api(program, network):
    with System(program, network) as system:
        status, headers, body = system.ask(1, "PUT", "/kv/7", "42")
        assert status == 200 and headers["X-Served-By"] == "us-east-1", (status, headers)
        version = json.loads(body)["version"]
        assert version >> 40 == 1 and version & ((1 << 40) - 1) == 2, version  # after the opening
        wait_until(lambda: system.ask(2, "GET", "/kv/7")[0] == 200, 10, "replication")
        assert json.loads(system.ask(2, "GET", "/kv/7")[2]) == {"value": "42", "version": version}
        assert system.ask(2, "GET", "/kv/7")[1]["X-Served-By"] == "ap-south-1"
        assert system.ask(0, "GET", "/kv/8")[0] == 404
        assert [system.ask(node, "GET", "/primary")[0] for node in range(3)] == [200, 503, 503]
        assert system.ask(0, "DELETE", "/kv/7")[0] == 405
        again = subprocess.run([program, "up"], env=system.env, capture_output=True, text=True)
        assert again.returncode == 1 and "run there already" in again.stderr, again.stderr
    with System(program, network, forward=False) as system:
        assert system.ask(1, "PUT", "/kv/7", "42")[0] == 421
        assert system.ask(0, "PUT", "/kv/7", "42")[0] == 200


def check_failover(program, network):
    """Seconds without a primary, for three kills each at two leases."""
    for lease, bound in (("1s", 2.0), ("300ms", 0.9)):
        measured = []
        for seed in range(1, 4):
            with System(program, network, lease=lease, check_interval="50ms", seed=seed) as system:
                time.sleep(0.2)
                system.kill(0)
                start = time.monotonic()
                wait_until(lambda: system.primary() is not None, 30, "failover")
                measured.append(time.monotonic() - start)
                assert system.ask(1, "PUT", "/kv/1", "1")[0] == 200
        print(f"  lease {lease}: without a primary for "
              f"{', '.join(f'{each:.2f} s' for each in measured)}")
        # Lease, margin (a tenth) and at most 0.45 leases of random wait, plus the machine's own, which may take
        # itself away from one of the three.
        assert min(measured) < bound, measured


def check_torment(program, network, seeds):
    total = 0
    for seed in range(1, seeds + 1):
        mode = "sync" if seed % 4 == 0 else "quorum"
        choose, killed, stopped = random.Random(seed), set(), set()
        with System(program, network, replication=mode, lease="300ms", check_interval="50ms",
                    seed=seed) as system:
            with Writers(system) as writers:
                end = time.monotonic() + 5
                while time.monotonic() < end:
                    node = choose.randrange(3)
                    if node in killed or node in stopped:
                        revive(system, killed, stopped)
                    elif choose.random() < 0.5:
                        system.kill(node)
                        killed.add(node)
                    else:
                        system.signal(node, signal.SIGSTOP)
                        stopped.add(node)
                    time.sleep(choose.uniform(0.02, 0.7))
                revive(system, killed, stopped)
                time.sleep(1)
            settle(system)
            lost, split = writers.lost(), writers.split()
            assert not lost, f"{mode}, seed {seed}: lost {sorted(lost)[:5]} … ({len(lost)})"
            assert not split, f"{mode}, seed {seed}: {split} writes by an old primary"
            assert len(writers.acknowledged) > 20, f"seed {seed}: hardly anything was written"
            total += len(writers.acknowledged)
    print(f"  {seeds} seeds, {total} acknowledged writes, none lost")


def lose_primary(system, _):
    system.kill(0)
    wait_until(lambda: system.primary() is not None, 30, "failover")
    time.sleep(0.5)
    system.restart(0)


def stop_primary(system, _):
    system.signal(0, signal.SIGSTOP)
    time.sleep(2.5)
    system.signal(0, signal.SIGCONT)
    time.sleep(1)


def stop_in_pulses(system, terms):
    for _ in range(4):
        system.signal(0, signal.SIGSTOP)
        time.sleep(0.5)
        system.signal(0, signal.SIGCONT)
        time.sleep(0.7)
        terms.add(system.status(0)["term"])


def promote_the_stale(system, _):
    system.kill(2)
    time.sleep(1)
    system.kill(0)
    system.restart(2)
    wait_until(lambda: system.primary() is not None, 30, "failover")
    time.sleep(0.5)
    system.restart(0)


def restart_all(system, _):
    for node in range(3):
        system.kill(node)
    for node in range(3):
        system.restart(node)
    wait_until(lambda: system.primary() is not None, 30, "failover")


BUGS = [
    ("early_ack", lose_primary, lambda writers, terms: len(writers.lost()) > 0),
    ("no_fencing", stop_primary, lambda writers, terms: writers.split() > 0),
    ("no_hysteresis", stop_in_pulses, lambda writers, terms: max(terms) > 4),
    ("stale_promotion", promote_the_stale, lambda writers, terms: len(writers.lost()) > 0),
    ("forget_on_restart", restart_all, lambda writers, terms: len(writers.lost()) > 0),
]


TRIES = 3  # on a busy machine a race may be missed once: a planted bug shows in one of so many


def shows_once(program, network, planted, seed, fault, shows):
    terms = set()
    with System(program, network, bug=planted, seed=seed) as system:
        with Writers(system) as writers:
            time.sleep(1)
            fault(system, terms)
            time.sleep(1)
        if planted != "no_fencing":  # whose old primary never agrees again
            settle(system)
        return shows(writers, terms)


def check_bug(program, network, seeds, bug, fault, shows):
    tried = 0
    for seed in range(1, seeds + 1):
        for attempt in range(TRIES):
            tried += 1
            if shows_once(program, network, bug, seed + 1000 * attempt, fault, shows):
                break
        else:
            raise AssertionError(f"{bug} never shows, seed {seed}, {TRIES} tries")
        assert not shows_once(program, network, "none", seed, fault, shows), ("sound, and yet", bug, seed)
    print(f"  {bug}: shows in {seeds} of {tried} runs, never without it")


def check_leftovers(program, network):
    """`down` ends what an `up` killed half way had started, and what is stopped."""
    for delay in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08):
        system = System(program, network)
        starting = subprocess.Popen([program, "up"], env=system.env, stdin=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        time.sleep(delay)
        starting.kill()
        starting.wait()
        system.__exit__()
    with System(program, network) as system:
        system.signal(1, signal.SIGSTOP)
    print("  nothing left behind")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", nargs="?", default=str(ROOT / "build/dev/bin/gameday-regions"))
    parser.add_argument("--seeds", type=int, default=3 if os.environ.get("GAMEDAY_NIGHTLY") == "1" else 1)
    parser.add_argument("--jobs", type=int, default=4)
    options = parser.parse_args()
    program, seeds = str(pathlib.Path(options.program).resolve()), options.seeds
    if not os.path.exists(program):
        sys.exit(f"no program at {program}: build it, or name it")
    checks = {"torment": lambda network: check_torment(program, network, seeds * 2),
              "failover": lambda network: check_failover(program, network)}
    for bug in BUGS:
        checks[bug[0]] = lambda network, bug=bug: check_bug(program, network, seeds, *bug)
    checks["leftovers"] = lambda network: check_leftovers(program, network)
    checks["api"] = lambda network: check_api(program, network)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {name: pool.submit(check, f"127.{number}") for number, (name, check) in enumerate(checks.items(), 1)}
        failed = [name for name, check in running.items() if check.exception()]
    for name in failed:
        print(f"FAILED: {name}: {running[name].exception()!r}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
