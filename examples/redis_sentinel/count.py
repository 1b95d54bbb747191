#!/usr/bin/env python3
"""An independent count of lost and of split-brain writes: by what Redis held, and what the clients were told.

Usage: count.py RUN... ; $GAMEDAY is the program (default: gameday in PATH). Nothing of gameday's judgement is used, but
the log of operations that `gameday show` prints. What each server held is in RUN/system/NODE.rows, whom the Sentinels
named in RUN/system/office: `cluster.sh down` asks for both by redis-cli. A write is lost when it was acknowledged and
who is in office lacks it. Split are the writes acknowledged elsewhere that began after the first one of this office,
and those that this office acknowledged before the last of them began. An office begins after a second without a write
acknowledged there. Each write needs a key of its own (keys.space 0). Compares with RUN/result.json, and exits with 1
where a count is outside of what gameday says: Redis proves no order of writes, so that may be an interval.
"""

import importlib.util
import json
import pathlib
import sys

# The log is read, and outages are counted, as for PostgreSQL.
sys.dont_write_bytecode = True
there = pathlib.Path(__file__).resolve().parents[1] / "postgres_streaming/count.py"
spec = importlib.util.spec_from_file_location("postgres_count", there)
log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(log)


def lost_in(run, acknowledged):
    """How many of these writes each node lacks, and who is in office."""
    values = {int(row["value"]) & log.LOW_32 for row in acknowledged}
    office = run / "system/office"
    lacks = {}
    for path in sorted((run / "system").glob("*.rows")):
        held = {int(line) & log.LOW_32 for line in path.read_text().split()}
        lacks[path.stem] = len(values - held)
    return lacks, office.read_text().strip() if office.exists() else None


def split_in(acknowledged, office):
    """How many writes of two primaries had not seen the other's, both sides counted."""
    here = sorted(float(row["completed"]) for row in acknowledged if row["served_by"] == office)
    begin = 0
    for i in range(1, len(here)):
        if here[i] > here[i - 1] + log.HOLD:
            begin = i
    here = here[begin:]
    late = [float(row["invoked"]) for row in acknowledged
            if row["served_by"] != office and here and float(row["invoked"]) > here[0]]
    return len(late) + sum(ended < max(late) for ended in here) if late else 0


def without_lone(sections):
    """Without bad writes between good ones of the same region: one of many is no outage."""
    lone = set()
    for clients in log.clients_by_region(sections).values():
        rows = sorted((row for row in sections["operations"] if row["verb"] == "write" and row["client"] in clients),
                      key=lambda row: float(row["scheduled"]))
        for before, row, after in zip(rows, rows[1:], rows[2:]):
            if row["outcome"] != "ok" and before["outcome"] == after["outcome"] == "ok":
                lone.add(row["seq"])
    return dict(sections, operations=[row for row in sections["operations"] if row["seq"] not in lone])


def told(result, metric):
    """What gameday measured of the whole run, as an interval; None when it did not."""
    value = next(each["value"] for each in result["measurements"]
                 if each["metric"] == metric and not each["client_region"] and not each["fault"])
    if value is None:
        return None
    return value["low"], float("inf") if value["high"] is None else value["high"]


def compare(run):
    sections = log.shown(run)
    result = json.loads((run / "result.json").read_text())
    acknowledged = [row for row in sections["operations"] if row["verb"] == "write" and row["outcome"] == "ok"]
    lacks, office = lost_in(run, acknowledged)
    counts = {"lost_acked": lacks.get(office), "split_brain_writes": split_in(acknowledged, office)}
    print(f"{run.name}: {len(acknowledged)} writes acknowledged; in office {office or 'nobody'}; lacking: "
          + ", ".join(f"{node} {count}" for node, count in lacks.items()))
    good = True
    for metric, count in counts.items():
        interval = told(result, metric)
        inside = None not in (count, interval) and interval[0] <= count <= interval[1]
        good = good and inside
        says = "nothing" if interval is None else " to ".join(f"{each:.0f}" for each in sorted(set(interval)))
        print(f"  {metric}: counted {count}, gameday says {says}: {'inside' if inside else 'OUTSIDE'}")
    if "faults" not in sections:
        return good
    return log.check_outages(without_lone(sections), result) and good


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([compare(pathlib.Path(run)) for run in sys.argv[1:]]) else 1)


if __name__ == "__main__":
    main()
