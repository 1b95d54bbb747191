#!/usr/bin/env python3
"""The Debian package: built from the build folder of $GAMEDAY, unpacked into a scratch root, looked through, and run
from there by an ordinary user.

Usage: package.py [--keep FILE]: FILE: where the package shall stay.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from harness import ROOT, Scratch, Tally, processes_with, program

SCENARIOS = sorted(path.name for path in (ROOT / "scenarios").glob("*.json"))
NOBODY = 65534


def output(*command, **options):
    """Standard output and error as text; a failure ends the test."""
    options.setdefault("input", "")
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=180, **options)
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def build(folder):
    config = program().parents[1] / "CPackConfig.cmake"
    output("cpack", "-G", "DEB", "--config", config, "-B", folder)
    packages = list(folder.glob("*.deb"))
    if len(packages) != 1:
        raise SystemExit(f"cpack made {packages}, not one package")
    return packages[0]


def check_control(package, tally):
    depends = output("dpkg-deb", "-f", package, "Depends")
    for library in ("libc6", "libstdc++6", "libssl3", "libnl-3-200"):
        tally.check(re.search(rf"\b{re.escape(library)}\b", depends), f"the package depends on {library}", depends)
    tally.check(output("dpkg-deb", "-f", package, "Package").strip() == "gameday", "the package is called gameday")
    for line in output("dpkg-deb", "-c", package).splitlines():
        mode, owner = line.split()[:2]
        tally.check(owner == "root/root" and mode[5] != "w" and mode[8] != "w",
                    "only root may write what is installed", line)


def check_contents(root, tally):
    share = root / "usr/share"
    wanted = ["usr/bin/gameday", "usr/bin/gameday-regions", "usr/share/man/man1/gameday.1.gz",
              "usr/share/bash-completion/completions/gameday", "usr/share/zsh/vendor-completions/_gameday",
              "usr/share/doc/gameday/copyright", "usr/share/doc/gameday/changelog.gz",
              "usr/share/gameday/scenarios/README.md", "usr/share/gameday/examples/README.md"]
    wanted += [f"usr/share/gameday/scenarios/{name}" for name in SCENARIOS]
    for launch in (ROOT / "examples").glob("*/launch.json"):
        wanted.append(f"usr/share/gameday/examples/{launch.parent.name}/launch.json")
    for name in wanted:
        tally.check((root / name).is_file(), f"{name} is installed")
    tally.check(os.access(share / "gameday/examples/etcd/cluster.sh", os.X_OK), "scripts of examples can be run")
    for path in root.rglob("*"):
        tally.check(path.suffix not in (".cpp", ".hpp", ".txt", ".a"), "no source is installed", path)
    builder = str(ROOT).encode()
    for name in ("gameday", "gameday-regions"):
        path = root / "usr/bin" / name
        tally.check(builder not in path.read_bytes(), f"{name} says nothing of where it was built",
                    output("grep", "-ao", f"[ -~]*{ROOT}[ -~]*", path) if builder in path.read_bytes() else "")
        sections = output("readelf", "-SW", path)
        tally.check(".symtab" not in sections and ".debug" not in sections, f"{name} is stripped")
        tally.check("RUNPATH" not in output("readelf", "-dW", path), f"{name} has no path of libraries")


def check_printed(root, tally):
    """The man page and the completions: what shells and troff make of them."""
    program_help = output(root / "usr/bin/gameday", "help")
    commands = re.findall(r"^  (\w+) +\S", program_help.split("Subcommands:")[1].split("Examples:")[0], re.M)
    tally.check(len(commands) > 9, "help lists the commands", program_help)
    page = output("sh", "-c", f"zcat {root}/usr/share/man/man1/gameday.1.gz")
    warnings = output("groff", "-man", "-Tutf8", "-ww", "-z", "-", input=page)
    tally.check(not warnings, "troff has nothing to say against the man page", warnings)
    text = output("groff", "-man", "-Tascii", "-P-cbou", "-", input=page)
    for command in commands:
        tally.check(f"gameday {command} [OPTION]..." in text, f"the man page has the command {command}", text)
    script = root / "usr/share/bash-completion/completions/gameday"
    offered = output("bash", "--norc", "-euc", f". {script}; COMP_WORDS=(gameday ''); COMP_CWORD=1; _gameday; "
                     'echo "${COMPREPLY[@]}"')
    tally.check(offered.split() == commands, "bash completes the commands", offered)
    # The first call of an autoloaded function reads the file; without a line editor it can offer nothing.
    folder = root / "usr/share/zsh/vendor-completions"
    loaded = output("zsh", "-fc", f"fpath=({folder} $fpath); autoload -Uz _gameday; autoload +X _gameday; "
                    f"_arguments() {{ print -r -- $# }}; _gameday; functions _gameday_run >/dev/null && print sound")
    tally.check(loaded.strip().endswith("sound"), "zsh loads its completion", loaded)


def may_become(user):
    """Whether this process may become that user: root, in a user namespace that has the user."""
    mapped = [[int(word) for word in line.split()]
              for line in pathlib.Path("/proc/self/uid_map").read_text().splitlines()]
    return os.getuid() == 0 and any(first <= user < first + count for first, _, count in mapped)


def run_installed(root, work, tally):
    """As an ordinary user with a home and a folder of his own."""
    user = {}
    if may_become(NOBODY):
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chown(work, NOBODY, NOBODY)
    environment = {"PATH": f"{root}/usr/bin:/usr/bin:/bin", "HOME": str(work), "LANG": "C.UTF-8"}

    def gameday(*arguments):
        return subprocess.run(["gameday", *arguments], cwd=work, env=environment, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=180, **user)

    version = gameday("--version")
    tally.check(re.fullmatch(r"gameday \d+\.\d+\.\d+\n", version.stdout), "gameday --version", version)
    for name in SCENARIOS:
        if name == "scenario.schema.json":
            continue
        plan = gameday("plan", f"{root}/usr/share/gameday/scenarios/{name}")
        tally.check(plan.returncode == 0, f"{name} can be planned", plan)
    # How fast and steady the machine is, is not the matter here: a store whose checks a stall has delayed moves its
    # primary once more. What is lost or split is judged all the same.
    run = gameday("run", "region_outage", "--set", "targets.rto=60s", "--set", "targets.flaps=20",
                  "--set", "load.0.rate_per_s=100", "--set", "minimum_level.success=0.9",
                  "--set", "steady_state.success=0.9")
    tally.check(run.returncode == 0 and "no two regions wrote at once" in run.stdout, "the quickstart passes", run)
    reports = list(work.glob("gameday-runs/*/report.html"))
    tally.check(len(reports) == 1, "the run has its report in the working directory", reports)
    left = processes_with(str(root))
    tally.check(not left, "no process stays", left)


def main():
    keep = sys.argv[2] if sys.argv[1:2] == ["--keep"] else None
    tally = Tally()
    with Scratch("package") as scratch:
        scratch.path.chmod(0o755)
        root, work = scratch.path / "root", scratch.path / "work"
        work.mkdir()
        package = build(scratch.path / "cpack")
        output("dpkg-deb", "-x", package, root)
        root.chmod(0o755)
        check_control(package, tally)
        check_contents(root, tally)
        check_printed(root, tally)
        run_installed(root, work, tally)
        print(f"{package.name}: {package.stat().st_size / 1e6:.2f} MB, depends on "
              f"{output('dpkg-deb', '-f', package, 'Depends').strip()}")
        if keep:
            shutil.copy(package, keep)
    tally.finish()


if __name__ == "__main__":
    main()
