"""What the system tests share: running the real program in a scratch place and a network of its own."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LABORATORY = ROOT / "examples/lab.sh"
# tests/run.sh --all: all seeds, many repeats. Else the quick lane: few, and the same each time.
NIGHTLY = os.environ.get("GAMEDAY_NIGHTLY") == "1"
SKIPPED = 77


def cannot_run(why):
    """Ends a test that lacks something here: told aloud, and a failure in CI, where nothing is skipped."""
    if os.environ.get("CI"):
        print(f"FAILED: cannot run here, and CI skips nothing: {why}")
        sys.exit(1)
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def need(packages):
    """Goes on where all programs are here; {program: Debian package that has it}."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [name for name in packages if shutil.which(name) is None]
    if missing:
        cannot_run(f"no {', no '.join(missing)}: apt-get install {' '.join(sorted({packages[name] for name in missing}))}")


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


LIGHT_LOAD = {"load.rate_per_s": 100, "minimum_level.success": 0.9, "steady_state.success": 0.9}
# A machine that stalls for a while is an outage of that length, and seems to be a dead region after a lease.
STALLS = {"flapping_link": {"system.lease": "8s"}, "restart_all": {"targets.failback_rto": "12s", "duration": "18s"},
          "region_outage": {"targets.rto": "7s"}, "s04_database_failover": {"targets.rto": "5500ms"},
          "s05_full_region_outage": {"targets.rto": "6s"}, "s69_replication_interval": {"targets.rto": "5500ms"},
          "s20_read_not_write": {"targets.rto_read": "5s", "targets.rto_write": "6s"},
          "s37_single_writer": {"minimum_level.success": 0, "steady_state.success": 0},
          "s70_paused_replication": {"targets.2.value": "3s"},
          # One operation of a third of the load must not be more than half of what may be bad.
          "s13_active_active": {"targets.0.value": 0.98, "targets.1.value": 0.98, "targets.2.value": "5500ms"},
          "s79_no_fault": {"targets.outage_time": "1s", "targets.availability": 0.98}}


def on_any_machine(path):
    """Settings with which several runs of a scenario of scenarios/ may be made at once, on machines that stall: a third
    of the load (which can tell nine of ten), and time where the file is for quiet machines. What must never happen stays
    as it is.
    """
    # A stall may move the office, or clients whose checks are late, once more: not as often as the planted bug (12).
    flaps = {"targets.flaps": 4} if '"flaps"' in path.read_text() else {}
    return {**LIGHT_LOAD, **flaps, **STALLS.get(path.stem, {})}


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


class Tally:
    """Counts checks and ends the program with the line that CI reads."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.sound = self.accused = 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}\n{detail}".rstrip(), flush=True)

    def sound_run(self, good, what, detail=""):
        """A run of a sound system: that it does not pass is a false fail, of which `finish` takes the rate."""
        self.sound += 1
        if not good:
            self.accused += 1
            print(f"FALSE FAIL: {what}\n{detail}".rstrip(), flush=True)

    def add(self, what, said):
        """Adds the counts that another program printed at its end; prints what it said before them."""
        found = re.search(r"(?:^false fails: (\d+) of (\d+) .*\n)?^(\d+) passed, (\d+) failed\n\Z", said, re.M)
        print(said[:found.start()] if found else said, end="", flush=True)
        if not found:
            self.check(False, f"{what} says at its end what it found")
            return
        accused, sound, passed, failed = (int(each or 0) for each in found.groups())
        self.accused, self.sound = self.accused + accused, self.sound + sound
        self.passed, self.failed = self.passed + passed, self.failed + failed

    def finish(self, false_fails=0.01):
        """Ends the program. More false fails than that share are a failure: one of a few, two of a hundred."""
        if self.sound:
            print(f"false fails: {self.accused} of {self.sound} sound runs ({self.accused / self.sound:.1%})")
        good = self.accused <= false_fails * self.sound
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(0 if good and not self.failed and self.passed + self.sound else 1)


def in_laboratories(tally, jobs, workers, **environment):
    """Runs this script once for each job, a list of arguments, so many at once, each in a laboratory of its own
    (examples/lab.sh): no address, port or name is shared. What they checked is added to the tally.
    """
    def run(job):
        return subprocess.run([LABORATORY, sys.executable, sys.argv[0], *map(str, job)], text=True,
                              env=dict(os.environ, **environment), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for job, said in zip(jobs, pool.map(run, jobs)):
            tally.add(" ".join(map(str, job)), said)
