#!/usr/bin/env python3
"""examples/staging as a nightly CI job runs it: exit code, JUnit, Markdown summary, artefacts.

The sound site (HAProxy with health checks) passes; the same site without health checks fails. Both at once, each in a
laboratory of its own, since both have the same addresses.
"""

import concurrent.futures
import json
import os
import subprocess
import xml.etree.ElementTree

from harness import LABORATORY, ROOT, Scratch, Tally, need, processes_with, program

NIGHTLY = ROOT / "examples/staging/nightly.sh"


def nightly(scratch, name, **extra):
    artefacts = scratch.path / name
    summary = scratch.path / f"{name}.md"
    env = dict(scratch.env, GAMEDAY=str(program()), STAGING_DIR=str(scratch.path / f"{name}-site"),
               GITHUB_STEP_SUMMARY=str(summary), **extra)
    done = subprocess.run([LABORATORY, NIGHTLY, artefacts], env=env, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=180)
    run = next(iter(artefacts.iterdir()))
    return done, run, summary


def failures(run):
    """(cases, failures, errors) of junit.xml."""
    root = xml.etree.ElementTree.parse(run / "junit.xml").getroot()
    cases = list(root.iter("testcase"))
    return (len(cases), sum(1 for case in cases if case.find("failure") is not None),
            sum(1 for case in cases if case.find("error") is not None))


def main():
    need({"nginx": "nginx-light", "haproxy": "haproxy", "curl": "curl"})
    tally = Tally()
    with Scratch("staging") as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        sound = pool.submit(nightly, scratch, "sound")
        unchecked = pool.submit(nightly, scratch, "unchecked", STAGING_CHECKS="off")
        done, run, summary = sound.result()
        said = done.stdout + done.stderr
        tally.check(done.returncode == 0, "the sound site passes", said)
        cases, failed, errors = failures(run)
        tally.check(cases >= 2 and failed == 0 and errors == 0, "JUnit: every target passed",
                    f"{cases} cases, {failed} failures, {errors} errors")
        for name in ("scenario.json", "result.json", "report.html", "report.md", "gameday.log",
                     "evidence/operations.bin"):
            tally.check((run / name).stat().st_size > 0, f"the artefacts hold {name}")
        tally.check("staging-server-killed" in summary.read_text(), "the job summary is written")
        tally.check("site.sh" not in (run / "scenario.json").read_text(),
                    "commands from the environment are not saved")

        done, run, _ = unchecked.result()
        tally.check(done.returncode == 1, "the site without health checks fails",
                    done.stdout + done.stderr)
        tally.check(failures(run)[1] >= 1, "JUnit: a target failed")

        result = json.loads(next((scratch.path / "sound").glob("*/result.json")).read_text())
        tally.check(result["timeline"]["servers_are"] == "nodes"
                    and result["timeline"]["servers"] == ["nginx-a", "nginx-b", "nginx-c"],
                    "the picture has a lane for each server", f"{result['timeline']['servers']}")
        for name, arguments in (("a wrong scenario", ["--set", "load.rate_per_s=-1"]), ("a wrong line", ["--bogus"])):
            out = scratch.path / name.replace(" ", "-")
            wrong = scratch.call("run", ROOT / "examples/staging/server_killed.json", "--out", out, *arguments,
                                 env={"STAGING_DIR": str(scratch.path), "STAGING_SITE": "true"})
            left = list(out.glob("*/junit.xml"))
            tally.check(wrong.returncode == 64 and len(left) == 1 and failures(left[0].parent) == (1, 0, 1),
                        f"JUnit: {name} leaves one error", wrong.stdout + wrong.stderr)

        judged = scratch.call("judge", run)
        tally.check(judged.returncode == 1, "judging the evidence again gives the same verdict",
                    judged.stdout + judged.stderr)
        page = scratch.path / "compliance.html"
        report = scratch.call("report", scratch.path / "sound", scratch.path / "unchecked",
                              "--format", "html", "-o", page)
        tally.check(report.returncode == 0 and page.stat().st_size > 1000, "the compliance page",
                    report.stdout + report.stderr)
        left = processes_with(str(scratch.path))
        tally.check(not left, "nothing is left running", f"{left}")
    tally.finish()


if __name__ == "__main__":
    os.environ.pop("STAGING_CHECKS", None)
    main()
