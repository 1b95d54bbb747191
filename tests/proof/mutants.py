#!/usr/bin/env python3
"""Mutations of the program's own measures, one at a time: the proof must find each.

Usage: mutants.py BUILD [HISTORIES [NAME…]]. BUILD is a built tree. For each row of mutants.txt the one object that the
changed line is in is compiled anew, and test_proof is linked with it, in a scratch folder: neither the sources nor the
build are touched. The sound program must pass the same histories first.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASE = "planted truths lie in what the judge claims"


def mutants():
    """[(name, file, old text, new text)] of mutants.txt."""
    rows = []
    for part in re.split(r"^== ", (ROOT / "tests/proof/mutants.txt").read_text(), flags=re.M)[1:]:
        head, _, rest = part.partition("\n")
        name, file = head.split()
        old, _, new = rest.partition("\n->\n")
        rows.append((name, file, old.strip("\n"), new.strip("\n")))
    return rows


class Build:
    """A built tree, and a scratch folder for what is made anew."""

    def __init__(self, path, scratch):
        self.path = pathlib.Path(path).resolve()
        self.scratch = pathlib.Path(scratch)
        self.units = json.loads((self.path / "compile_commands.json").read_text())
        said = subprocess.run(["ninja", "-C", self.path, "-t", "commands", "-s", "tests/test_proof"], check=True, text=True,
                              capture_output=True).stdout
        self.link = [line for line in said.splitlines() if "test_proof" in line][-1]

    def unit_of(self, source):
        """The compile command of the unit that has this source in it."""
        for unit in self.units:
            file = pathlib.Path(unit["directory"], unit["file"])
            if file == source or (file.suffix == ".cxx" and f'"{source}"' in file.read_text()):
                return unit, file
        sys.exit(f"no unit of the build has {source} in it")

    def compile(self, source, text):
        """The object of the source's unit, with that text in the source's place."""
        unit, file = self.unit_of(source)
        changed = self.scratch / source.name
        changed.write_text(text)
        whole = changed
        if file != source:
            whole = self.scratch / file.name
            whole.write_text(file.read_text().replace(f'"{source}"', f'"{changed}"'))
        words = shlex.split(unit["command"])
        made = self.scratch / "mutant.o"
        words[words.index("-o") + 1] = str(made)
        words[words.index("-c") + 1] = str(whole)
        subprocess.run([word for word in words if word != "-Werror"], cwd=unit["directory"], check=True)
        return made

    def program(self, made):
        """test_proof, with the object in the place of the library's."""
        program = self.scratch / "test_proof"
        words = self.link
        first = re.search(r"\S+\.cxx\.o|\S+\.cpp\.o", words)
        words = words[:first.start()] + str(made) + " " + words[first.start():]
        words = re.sub(r"-o \S*test_proof", f"-o {program}", words)
        subprocess.run(words, shell=True, cwd=self.path, check=True, stdout=subprocess.DEVNULL)
        return program


def held(program, histories):
    """(whether the proof finds nothing, what it says)."""
    done = subprocess.run([program, CASE], text=True, capture_output=True,
                          env=dict(os.environ, GAMEDAY_HISTORIES=str(histories)))
    return done.returncode == 0, done.stdout + done.stderr


def find(build, name, file, old, new, histories):
    """How the mutant was found, or None."""
    source = ROOT / file
    text = source.read_text()
    if text.count(old) != 1:
        sys.exit(f"{name}: {file} has {text.count(old)} times, and must have once:\n{old}")
    program = build.program(build.compile(source, text.replace(old, new)))
    for count in sorted({300, histories}):
        good, said = held(program, min(count, histories))
        if not good:
            lines = re.findall(r"^  (\d+ × (?:truth|false).*)$", said, re.M)
            return f"of {min(count, histories)}: " + ("; ".join(lines[:3]) or "the program ended")
    return None


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the scratch folder goes
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    histories = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    wanted = sys.argv[3:]
    alive = 0
    rows = [row for row in mutants() if not wanted or row[0] in wanted]
    with tempfile.TemporaryDirectory(prefix="gameday-mutants-") as scratch:
        build = Build(sys.argv[1], scratch)
        sound, said = held(build.path / "tests/test_proof", histories)
        if not sound:
            sys.exit(f"the sound program does not pass {histories} histories\n{said}")
        for name, file, old, new in rows:
            how = find(build, name, file, old, new, histories)
            print(f"{'found    ' if how else 'NOT FOUND'}  {name:<24} {how or ''}", flush=True)
            alive += how is None
    print(f"{len(rows) - alive} passed, {alive} failed")
    sys.exit(1 if alive or not rows else 0)


if __name__ == "__main__":
    main()
