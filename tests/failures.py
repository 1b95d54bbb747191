#!/usr/bin/env python3
"""What a run of ctest comes to: skipped tests, rates of false fails, and all failures with the lines that say why.

Usage: failures.py REPORT...; reports of `ctest --output-junit`. Exits 1 when a test failed, when a report is missing or
empty, and in CI (the variable CI is set) when a test was skipped.
"""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree

SAYS_WHY = re.compile(r"FAILED|FALSE FAIL|^Traceback|^\w*Error\b|ERROR: (Address|Leak|Thread)|runtime error:|"
                      r"Segmentation fault|terminate called|does not compile|NOT found")
LINES_AFTER = 6
LINES_MAX = 40


def why(output):
    """The lines that say why, each with some after it; the end of the output when there are none."""
    lines = output.rstrip().splitlines()
    chosen = sorted({near for at, line in enumerate(lines) if SAYS_WHY.search(line)
                     for near in range(at, min(at + 1 + LINES_AFTER, len(lines)))})
    chosen = chosen or range(max(0, len(lines) - LINES_AFTER), len(lines))
    shown = [lines[at] for at in chosen] or ["it has said nothing: ended by a signal, or by ctest when its time was over"]
    return shown[:LINES_MAX] + ([f"… {len(shown) - LINES_MAX} lines more"] if len(shown) > LINES_MAX else [])


def main():
    failed, skipped, passed = [], [], 0
    for report in map(pathlib.Path, sys.argv[1:]):
        lane = report.parent.parent.name
        if not report.exists():
            failed.append((f"{lane}: ctest", "it has written no report"))
            continue
        for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            name, output = f"{lane}: {case.get('name')}", case.findtext("system-out") or ""
            for line in re.findall(r"^false fails: .*", output, re.M):
                print(f"{name}: {line}")
            left_out = case.find("skipped")
            if case.get("status") == "run":
                passed += 1
            elif left_out is not None and left_out.get("message", "").startswith("SKIP_"):
                skipped.append((name, output))
            else:
                failed.append((f"{name} (after {float(case.get('time')):.0f} s)", output))
    for name, output in skipped:
        print(f"SKIPPED {name}", *why(output)[:3], sep="\n    ")
    for name, output in failed:
        print(f"FAILED {name}", *why(output), sep="\n    ")
    print(f"{passed} tests passed, {len(failed)} failed, {len(skipped)} skipped")
    sys.exit(1 if failed or not passed or (skipped and os.environ.get("CI")) else 0)


if __name__ == "__main__":
    main()
