#!/usr/bin/env python3
"""Every source and every header compiles alone: not in a batch with others, and without precompiled headers.

Usage: alone.py COMPILER [NIGHTS]. Prints what does not, with the compiler's words, and exits 1 if there is any. It
proves first that it finds a source and a header which lack an include. With NIGHTS it compiles only those whose turn it
is today: each file once in so many days.

A source that includes a header first proves that one, too; the headers left are compiled as they are. `complete.py`
is the cheap check of the same, by the text.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import zlib

from check import includes, sources

ROOT = pathlib.Path(__file__).resolve().parents[2]


def commands(compiler, build):
    """(file, folder, arguments) of how the build would compile each source by itself."""
    configure = ["cmake", "-G", "Ninja", "-S", ROOT, "-B", build, f"-DCMAKE_CXX_COMPILER={compiler}",
                 "-DGAMEDAY_UNITY=OFF", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"]
    done = subprocess.run(configure, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(done.stdout)
    seen = set()
    for each in json.loads((build / "compile_commands.json").read_text()):
        name = os.path.relpath(each["file"], ROOT)
        if name in seen or name.startswith(".."):
            continue  # one of several programs it is in; or made by CMake
        seen.add(name)
        words = shlex.split(each["command"])
        # Without a cache before it, and without an object.
        words = words[words.index(compiler):]
        del words[words.index("-o"):words.index("-o") + 2]
        yield name, each["directory"], ["-fsyntax-only" if word == "-c" else word for word in words]


def problem(task):
    """What the compiler says of (name, folder, arguments, text of standard input); None when it is content."""
    name, folder, arguments, text = task
    done = subprocess.run(arguments, cwd=folder, input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return f"{name}: does not compile alone\n{done.stderr[:1500]}" if done.returncode else None


def header_task(compiler, name):
    return name, ROOT, [compiler, "-std=c++20", "-fsyntax-only", "-w", "-I.", "-x", "c++", "-"], f'#include "{name}"\n'


def problems(tasks):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return [each for each in pool.map(problem, tasks) if each]
        except SystemExit:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def is_its_turn(name, nights):
    today = int(time.time() // 86400)
    return (zlib.crc32(str(name).encode()) + today) % nights == 0


def self_test(compiler, scratch):
    header, source = scratch / "needs_string.hpp", scratch / "needs_vector.cpp"
    header.write_text("inline std::string f() { return {}; }\n")
    source.write_text("#include <string>\nstd::vector<std::string> g() { return {}; }\n")
    planted = [header_task(compiler, header), (source, ROOT, [compiler, "-std=c++20", "-fsyntax-only", source], "")]
    if len(problems(planted)) != 2:
        sys.exit("the check finds nothing")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the scratch folder goes
    compiler = sys.argv[1]
    nights = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        self_test(compiler, scratch)
        units = [(*each, "") for each in commands(compiler, scratch / "build")]
        first = {next((target for _, target, _ in includes((ROOT / name).read_text())), None) for name, *_ in units}
        headers = [path.relative_to(ROOT).as_posix() for path in sources(ROOT) if path.suffix == ".hpp"]
        tasks = units + [header_task(compiler, each) for each in headers if each not in first]
        found = problems([task for task in tasks if is_its_turn(task[0], nights)])
    for each in found:
        print(each)
    print(f"{len(units)} sources and {len(headers)} headers, {len(found)} do not compile alone")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
