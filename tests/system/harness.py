"""What the system tests share: running the real program in a scratch place of its own."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program():
    """The gameday program under test: $GAMEDAY, else the dev build's."""
    path = pathlib.Path(os.environ.get("GAMEDAY", ROOT / "build/dev/bin/gameday"))
    if not path.exists():
        sys.exit(f"no program at {path}: build it, or set GAMEDAY")
    return path.resolve()


class Scratch:
    """A folder for run directories and a registry of our own; removed when all went well."""

    def __init__(self, name):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"gameday-{name}-"))
        self.out = self.path / "runs"
        self.env = dict(os.environ, GAMEDAY_STATE_DIR=str(self.path / "state"))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"kept for inspection: {self.path}", file=sys.stderr)

    def command(self, *arguments):
        return [str(program()), *map(str, arguments)]

    def call(self, *arguments, env=None, timeout=180):
        """Runs gameday to its end; returns the finished process, output as text."""
        return subprocess.run(self.command(*arguments), env=dict(self.env, **(env or {})), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)

    def run(self, scenario, *arguments, env=None, timeout=180, out=None):
        """`gameday run` of a scenario: (finished process, result.json or None, run directory)."""
        out = out or pathlib.Path(tempfile.mkdtemp(dir=self.path, prefix="out-"))
        done = self.call("run", scenario, "--out", out, *arguments, env=env, timeout=timeout)
        runs = sorted(out.iterdir()) if out.exists() else []
        result = None
        if runs and (runs[-1] / "result.json").exists():
            result = json.loads((runs[-1] / "result.json").read_text())
        return done, result, runs[-1] if runs else None


def set_arguments(settings):
    """{"system.bug": "x"} as --set arguments."""
    return [word for name, value in settings.items() for word in ("--set", f"{name}={json.dumps(value)}")]


def processes_with(text):
    """Pids (not zombies) whose command line or environment holds the text."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                continue
            blob = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if text.encode() in blob:
            found.append(int(entry.name))
    return found


def listeners_on(prefix):
    """Listening TCP addresses that start with the prefix, as "a.b.c.d:port"."""
    found = []
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] != "0A":
            continue
        address, port = fields[1].split(":")
        text = ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
        if text.startswith(prefix):
            found.append(f"{text}:{int(port, 16)}")
    return found


def grades(result):
    """{target id: grade} of a result."""
    return {target["id"]: target["grade"] for target in result["targets"]}


def unsafe(result):
    """Ids of the targets about what must never happen that were missed."""
    return [target["id"] for target in result["targets"]
            if target["metric"] in ("lost_acked", "split_brain_writes") and target["grade"] == "missed"]


def runs_until_passed(scratch, path, *arguments, attempts=3):
    """Yields (completed process, result, run directory) of each run up to the first that passes.

    For real servers whose speed is the machine's affair, too: a run may be repeated for its speed. What must
    never happen is for the caller to check in each.
    """
    for attempt in range(1, attempts + 1):
        run = scratch.run(path, "-q", *arguments)
        yield run
        if run[0].returncode == 0:
            return
        print(f"{path.stem} did not pass in run {attempt}\n{run[0].stdout}{run[0].stderr}", flush=True)


class Tally:
    """Counts checks and ends the program with the line that CI reads."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}\n{detail}".rstrip(), flush=True)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
