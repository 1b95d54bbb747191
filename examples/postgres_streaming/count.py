#!/usr/bin/env python3
"""An independent count of lost and of split-brain writes: by what PostgreSQL held, and what the clients were told.

Usage: count.py RUN... ; $GAMEDAY is the program (default: gameday in PATH). Nothing of gameday's judgement is used, but
the log of operations that `gameday show` prints. What each server held is in RUN/system/NODE.rows: `cluster.sh down`
asks for it by psql. A write is lost when it was acknowledged and the primary of the newest timeline lacks it. Split
are the writes acknowledged elsewhere that began after the first one that this primary acknowledged, and those that it
acknowledged before the last of them began. Each write needs a key of its own (keys.space 0). Compares with
RUN/result.json, and exits with 1 where they differ.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

LOW_32 = 0xffffffff
FIRST_MARKER = 1 << 31  # a lag probe's writes are from here on
HOLD, MICRO = 1.0, 1e-6  # seconds


def shown(run):
    """{section: [row as {column: cell}]} of what `gameday show` prints."""
    built = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/gameday"
    program = os.environ.get("GAMEDAY") or shutil.which("gameday") or (built if built.exists() else None)
    if program is None:
        sys.exit("no gameday in PATH: build it (examples/quickstart.sh), or set GAMEDAY to the program")
    text = subprocess.run([program, "show", run, "--limit", "0"], text=True, check=True, stdout=subprocess.PIPE).stdout
    sections, columns, section = {}, None, None
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            section, columns = sections.setdefault(line[1:-1], []), None
        elif not line or line.startswith("#") or section is None:
            continue
        elif columns is None:
            columns = line.split()
        else:
            section.append(dict(zip(columns, line.split())))
    return sections


def held(run):
    """{node: the values it held}, and the primary of the newest timeline."""
    values, office = {}, (0, "")
    for path in sorted((run / "system").glob("*.rows")):
        values[path.stem] = {int(line.split("|")[1]) & LOW_32 for line in path.read_text().splitlines()}
        words = path.with_suffix(".office").read_text().split()
        if words[0] == "primary":
            office = max(office, (int(words[-1]), path.stem))
    return values, office[1]


def lost_in(run, sections):
    """How many writes were acknowledged, how many of them each node and the one in office lack, and how many are there
    though the driver said that they had failed, or never sent them."""
    values, office = held(run)
    written = {outcome: {int(row["value"]) & LOW_32 for row in sections["operations"]
                         if row["verb"] == "write" and row["outcome"] == outcome} for outcome in ("ok", "unknown")}
    lacks = {node: len(written["ok"] - there) for node, there in values.items()}
    there = {value for each in values.values() for value in each if value < FIRST_MARKER}
    return len(written["ok"]), lacks, office, len(there - written["ok"] - written["unknown"])


def split_in(sections, office):
    """How many writes of two primaries had not seen the other's, both sides counted."""
    writes = [row for row in sections["operations"] if row["verb"] == "write" and row["outcome"] == "ok"]
    here = [float(row["completed"]) for row in writes if row["served_by"] == office]
    elsewhere = [float(row["invoked"]) for row in writes if row["served_by"] != office]
    late = [began for began in elsewhere if here and began > min(here)]
    return len(late) + sum(ended < max(late) for ended in here) if late else 0


def outage_of(fault, writes):
    """Seconds from the fault to the first of these writes that succeeds after the last stretch of failures, which ends
    with a second without one; and whether that was before the heal. None where no two in a row fail.
    """
    began, healed = float(fault["injected"].split("..")[0]), float(fault["healed"].split("..")[0])
    stretches = []
    for due in sorted(float(row["scheduled"]) for row in writes if row["outcome"] != "ok"):
        if stretches and due < stretches[-1][-1] + HOLD:
            stretches[-1].append(due)
        elif began <= due < healed:
            stretches.append([due])
    last = max((each[-1] for each in stretches if len(each) > 1), default=None)
    if last is None:
        return None
    good = [float(row["completed"]) for row in writes if row["outcome"] == "ok" and float(row["scheduled"]) > last]
    ended = min(good, default=float("inf"))
    return ended - began, ended < healed


def clients_by_region(sections):
    regions = {}
    for number, row in enumerate(sections["clients"]):
        regions.setdefault(row["region"], set()).update({str(number), f"#{number}"})
    return regions


def told(result, metric):
    """What gameday measured of the whole run, as text: one number, or an interval."""
    value = next(each["value"] for each in result["measurements"]
                 if each["metric"] == metric and not each["client_region"] and not each["fault"])
    if value is None:
        return "not measured"
    low, high = value["low"], value["high"]
    return f"{low:.0f}" if low == high else f"{low:.0f} to {'any' if high is None else format(high, '.0f')}"


def check_outages(sections, result):
    """Whether gameday's RTO of writes holds what is counted, for the last fault and each region of clients."""
    fault = sections["faults"][-1]
    good = True
    for region, clients in clients_by_region(sections).items():
        outage = outage_of(fault, [row for row in sections["operations"]
                                   if row["verb"] == "write" and row["client"] in clients])
        value = next((each["value"] for each in result["measurements"] if each["metric"] == "rto_write"
                      and each["client_region"] == region and each["fault"] == fault["name"]), None)
        if outage is None and value is None:
            continue
        if outage is None or value is None:
            good = good and outage is None
            print(f"  rto_write of {region}: {'counted none' if outage is None else f'counted {outage[0]:.3f} s'}, "
                  f"gameday says {'nothing' if value is None else value}: {'DIFFERENT' if value is None else 'open'}")
            continue
        low, high = value["low"], float("inf") if value["high"] is None else value["high"]
        inside = low - MICRO <= outage[0] <= high + MICRO
        good = good and inside
        print(f"  rto_write of {region}: counted {outage[0]:.3f} s{'' if outage[1] else ', after the heal'}, "
              f"gameday says {low:.3f} to {high:.3f} s: {'inside' if inside else 'OUTSIDE'}")
    return good


def compare(run):
    sections = shown(run)
    result = json.loads((run / "result.json").read_text())
    acknowledged, lacks, office, denied = lost_in(run, sections)
    counts = {"lost_acked": lacks.get(office), "split_brain_writes": split_in(sections, office)}
    print(f"{run.name}: {acknowledged} writes acknowledged; in office {office or 'nobody'}; lacking: "
          + ", ".join(f"{node} {count}" for node, count in lacks.items()))
    equal = denied == 0
    if denied:
        print(f"  {denied} writes stand there that had failed, or that nobody wrote: DIFFERENT")
    for metric, count in counts.items():
        same = told(result, metric) == str(count)
        equal = equal and same
        print(f"  {metric}: counted {count}, gameday says {told(result, metric)}: {'equal' if same else 'DIFFERENT'}")
    return check_outages(sections, result) and equal


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([compare(pathlib.Path(run)) for run in sys.argv[1:]]) else 1)


if __name__ == "__main__":
    main()
