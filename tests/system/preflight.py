#!/usr/bin/env python3
"""What a run finds out before it does harm, and what it does while its devices are busy, with a small store of our own.

Usage: preflight.py [CASE…]; all of them unless named (forgets, stopped …).

A store that forgets on the second run; templates and pid files that are wrong; a hook that takes long; a second run on the
same node; a program that is stopped; a process that dies while it is paused; a run that cannot be recovered.
"""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

from harness import ROOT, Scratch, Tally, grades

STORE = ROOT / "tests/system/store.py"


class Store:
    """A store.py at a port of its own."""

    def __init__(self, scratch, port):
        self.port = port
        self.pid_file = scratch.path / f"store-{port}.pid"
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, STORE, str(self.port), str(self.pid_file)])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                return self.get("/health")
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the store does not come up")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.status

    def end(self):
        self.process.kill()
        self.process.wait()


def scenario(store, **more):
    node = {"name": "store", "endpoint": f"127.0.0.1:{store.port}",
            "process": {"pid_file": str(store.pid_file),
                        "restart": [sys.executable, str(STORE), str(store.port), str(store.pid_file)]}}
    base = {
        "name": "preflight", "service": "store", "owner": "tests",
        "system": {"regions": [{"name": "here", "nodes": [node]}]},
        "load": {"driver": "http", "rate_per_s": 100, "writes": 0.5, "timeout": "1s",
                 "route": {"policy": "direct", "check_path": ""},
                 "http": {"read": {"path": "/kv/{key}", "value": "/value", "absent": [404]},
                          "write": {"path": "/kv/{key}"}}},
        "duration": "3s", "settle": "200ms", "ledger_patience": "500ms",
        "steady_state": {"window": "2s", "patience": "15s"},
        "targets": {"lost_acked": 0},
    }
    base.update(more)
    return base


def file_of(scratch, name, tree):
    path = scratch.path / f"{name}.json"
    path.write_text(json.dumps(tree))
    return path


def said(done):
    return f"exit {done.returncode}\n{done.stdout}{done.stderr}"


def forgets(tally, port):
    with Scratch("preflight-forgets") as scratch:
        store = Store(scratch, port)
        try:
            file = file_of(scratch, "forgets", scenario(store))
            done, _, _ = scratch.run(file)
            tally.check(done.returncode == 0, "the sound store passes", said(done))
            store.get("/mode/forget")
            done, result, _ = scratch.run(file)
            tally.check(done.returncode in (1, 2), "a store that acknowledges and forgets never passes again", said(done))
            # Without a read in the steady window nothing casts doubt on the reads.
            done, result, _ = scratch.run(file, "--set", "load.writes=1")
            tally.check(done.returncode == 1 and grades(result)["lost_acked"] == "missed",
                        "a store that acknowledges and forgets is found on its second run", said(done))
        finally:
            store.end()


def wrong_template(tally, port):
    with Scratch("preflight-template") as scratch:
        store = Store(scratch, port)
        try:
            tree = scenario(store)
            tree["load"]["http"]["read"]["value"] = "/vlaue"
            done, _, _ = scratch.run(file_of(scratch, "template", tree))
            tally.check(done.returncode == 4, "a pointer that never matches is refused", said(done))
            tally.check('it answered: {"value": "' in done.stdout + done.stderr,
                        "the refusal shows an answer, and what to write", said(done))
        finally:
            store.end()


def wrong_pid_file(tally, port):
    with Scratch("preflight-pid") as scratch:
        store = Store(scratch, port)
        other = subprocess.Popen(["sleep", "60"])
        try:
            second = scratch.path / "second-copy"
            for what, text in (("another process", str(other.pid)), ("nobody", "4194000"), ("no number", "x")):
                wrong = scratch.path / "wrong.pid"
                wrong.write_text(text)
                tree = scenario(store, faults=[{"name": "kill", "at": "1s", "for": "1s", "fault": "process_kill",
                                                "node": "store"}])
                tree["system"]["regions"][0]["nodes"][0]["process"] = {
                    "pid_file": str(wrong), "restart": ["/bin/sh", "-c", f"touch {second}"]}
                done, _, _ = scratch.run(file_of(scratch, "pid", tree))
                tally.check(done.returncode == 4, f"a pid file that names {what} is refused", said(done))
                tally.check("pid file" in done.stdout + done.stderr, f"{what}: the refusal says why", said(done))
                tally.check(other.poll() is None and store.process.poll() is None and not second.exists(),
                            f"{what}: nothing was killed or started")
            again = scratch.call("recover")
            tally.check("nothing to recover" in again.stdout, "nothing is outstanding", said(again))
            tree["system"]["regions"][0]["nodes"][0]["process"] = {
                "pid_file": str(store.pid_file), "restart": ["/nonexistent/restart"]}
            done, _, _ = scratch.run(file_of(scratch, "pid", tree))
            tally.check(done.returncode == 4 and "/nonexistent/restart" in done.stdout + done.stderr,
                        "a restart command that cannot be executed is refused", said(done))
            tally.check(store.process.poll() is None, "and nothing was killed")
        finally:
            other.kill()
            other.wait()
            store.end()


def slow_hook(tally, port):
    with Scratch("preflight-hook") as scratch:
        store = Store(scratch, port)
        try:
            url = f"http://127.0.0.1:{port}/mode"
            python = f"{sys.executable} -c 'import urllib.request as u; u.urlopen(\"{url}/%s\")'"
            healed = scratch.path / "healed"
            fault = {"name": "down", "at": "500ms", "for": "5s", "fault": "command",
                     "inject": python % "down" + "; sleep 12", "heal": python % "serve" + f"; touch {healed}"}
            tree = scenario(store, duration="8s", faults=[fault],
                            stop_conditions=[{"metric": "success_rate", "below": 0.5, "for": "1s"}])
            began = time.monotonic()
            done, result, run = scratch.run(file_of(scratch, "hook", tree))
            took = time.monotonic() - began
            tally.check(done.returncode == 3 and healed.exists(),
                        "a stop condition ends a hook of 12 s and heals", said(done))
            tally.check("stop condition" in done.stdout, "and says so", said(done))
            tally.check(took < 11, "and does not wait for its end", f"{took:.1f} s\n{said(done)}")

            fault = {"name": "slow", "at": "500ms", "for": "1s", "fault": "command", "expects_outage": False,
                     "inject": "sleep 2", "heal": "true"}
            done, result, _ = scratch.run(file_of(scratch, "slow", scenario(store, duration="4s", faults=[fault])))
            times = result["faults"][0]
            lasted = times["healed_s"]["low"] - times["injected_s"]["high"]
            tally.check(0.95 <= lasted < 2, "`for` counts from the moment in force", f"{lasted}\n{said(done)}")
        finally:
            store.end()


def second_run(tally, port):
    with Scratch("preflight-second") as scratch:
        store = Store(scratch, port)
        try:
            file = file_of(scratch, "second", scenario(store, duration="6s"))
            first = subprocess.Popen(scratch.command("run", file, "--out", scratch.path / "first"), env=scratch.env,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     text=True)
            end = time.monotonic() + 20
            logs = lambda: list((scratch.path / "first").glob("*/gameday.log"))
            while time.monotonic() < end and not logs():
                time.sleep(0.05)
            name = logs()[0].parent.name
            done, _, _ = scratch.run(file)
            tally.check(done.returncode == 4 and name in done.stdout + done.stderr,
                        "a second run on one endpoint is refused with the first one's name", said(done))
            text, _ = first.communicate(timeout=60)
            tally.check(first.returncode == 0, "the first one goes on", text)
            done, _, _ = scratch.run(file)
            tally.check(done.returncode == 0, "and after it another may", said(done))
        finally:
            store.end()


def stopped(tally, port):
    with Scratch("preflight-stopped") as scratch:
        store = Store(scratch, port)
        try:
            file = file_of(scratch, "stopped", scenario(store, duration="8s", targets={"availability": 0.999}))
            out = scratch.path / "stopped"
            run = subprocess.Popen(scratch.command("run", file, "--out", out), env=scratch.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            end = time.monotonic() + 30
            while time.monotonic() < end and "steady state" not in "".join(
                    path.read_text() for path in out.glob("*/gameday.log")):
                time.sleep(0.05)
            time.sleep(1)
            run.send_signal(signal.SIGSTOP)
            time.sleep(2)
            run.send_signal(signal.SIGCONT)
            text, _ = run.communicate(timeout=60)
            tally.check(run.returncode == 2, "a run that was stopped for 2 s is inconclusive, never failed",
                        f"exit {run.returncode}\n{text}")
            tally.check("suspended" in text, "and says that it was suspended", text)
        finally:
            store.end()


def dies_paused(tally, port):
    with Scratch("preflight-dies") as scratch:
        store = Store(scratch, port)
        fresh = None
        try:
            fault = {"name": "pause", "at": "1s", "for": "3s", "fault": "process_pause", "node": "store"}
            tree = scenario(store, duration="8s", faults=[fault], targets={"lost_acked": 0})
            out = scratch.path / "dies"
            run = subprocess.Popen(scratch.command("run", file_of(scratch, "dies", tree), "--out", out),
                                   env=scratch.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
            end = time.monotonic() + 30
            while time.monotonic() < end and "inject pause" not in "".join(
                    path.read_text() for path in out.glob("*/gameday.log")):
                time.sleep(0.02)
            time.sleep(0.7)
            store.end()
            fresh = Store(scratch, port)
            text, _ = run.communicate(timeout=60)
            tally.check(run.returncode != 0 and "ended early" in text,
                        "a paused process that dies and is replaced is told", f"exit {run.returncode}\n{text}")
        finally:
            (fresh or store).end()


def forgotten(tally, port):
    with Scratch("preflight-forget") as scratch:
        store = Store(scratch, port)
        try:
            fault = {"name": "kill", "at": "500ms", "for": "20s", "fault": "process_kill", "node": "store"}
            tree = scenario(store, duration="22s", faults=[fault])
            tree["system"]["regions"][0]["nodes"][0]["process"]["restart"] = ["/bin/false"]
            tree["system"]["regions"][0]["nodes"][0]["process"]["restart_timeout"] = "1s"
            out = scratch.path / "forget"
            run = subprocess.Popen(scratch.command("run", file_of(scratch, "forget", tree), "--out", out, "-q"),
                                   env=scratch.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
            store.process.wait(timeout=40)
            time.sleep(0.3)
            run.kill()
            run.communicate()
            folder = next(iter(out.iterdir()))
            healed = scratch.call("recover")
            tally.check(healed.returncode == 5 and "--forget" in healed.stderr,
                        "what cannot be recovered says how it is given up", said(healed))
            refused = scratch.call("recover", "--forget", folder)
            tally.check(refused.returncode == 64, "not without a reason", said(refused))
            given_up = scratch.call("recover", "--forget", folder, "--reason", "the host is gone")
            tally.check(given_up.returncode == 0, "with a reason it is given up", said(given_up))
            record = json.loads((folder / "forgotten.json").read_text())
            tally.check(record["reason"] == "the host is gone" and record["promises"] == ["kill"],
                        "and recorded with its promises", record)
            tally.check((pathlib.Path(scratch.env["GAMEDAY_STATE_DIR"]) / "forgotten.log").exists(),
                        "beside the registry as well")
            again = scratch.call("recover")
            tally.check(again.returncode == 0 and "nothing to recover" in again.stdout, "nothing is outstanding",
                        said(again))
        finally:
            store.end()


def main():
    tally = Tally()
    cases = [forgets, wrong_template, wrong_pid_file, slow_hook, second_run, stopped, dies_paused, forgotten]
    chosen = [case for case in cases if case.__name__ in sys.argv[1:]] or cases
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda case: case[1](tally, 7101 + case[0]), enumerate(chosen)))
    tally.finish()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
