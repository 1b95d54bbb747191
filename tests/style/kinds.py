#!/usr/bin/env python3
"""Names of kinds stand in one place: harness/app/catalog.inc, and metrics in the table of their measure.

Usage: kinds.py [ROOT]          prints every breach as "file:line: what is wrong" and exits 1 if there is any.
       kinds.py --write [ROOT]  writes the lists of scenarios/scenario.schema.json anew.
With --gameday PROGRAM both are about the parameters of kinds, too, as `PROGRAM list --format json` has them.
check.py runs the same checks without a program, and plants a breach of each.

A list of the schema is written from here when its object has "$comment": "names of FAULT" (any word of
catalog.inc, or METRIC): its "enum" or "examples" are those names, in the order of catalog.inc. A word without
any line in catalog.inc has no names to write, and its list stays as it is. An object with "$comment":
"parameters of PROBE" has a property for each parameter of such kinds, behind those that are written by hand.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

CATALOG = "harness/app/catalog.inc"
SCHEMA = "scenarios/scenario.schema.json"
MARKER = "names of "
PARAMETERS = "parameters of "
PARAMETER = "a parameter"  # the comment of each property that is written from the listing
TOPICS = {"PROBE": "probes", "POLICY": "policies"}  # of `gameday list`

# How a schema says the type of a parameter; a choice is its own list.
VARIABLE = {"type": "string", "pattern": "\\$\\{"}
TYPES = {
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "count": {"type": "integer", "minimum": 0},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "duration": {"allOf": [{"$ref": "#/definitions/duration"}]},
    "names": {"type": ["string", "array"], "items": {"type": "string"}},
    "command": {"type": ["string", "array"], "items": {"type": "string"}},
    "groups": {"type": "array"},
    "object": {"type": "object"},
    "numbers": {"type": "object", "additionalProperties": {"type": "number"}},
}

# Where a word in quotes is not the name of a kind, although it reads like one: beginning of the path, words, why.
OTHER_WORDS = [
    ("harness/app/command", {"html", "json"}, "values of --format"),
    ("harness/app/doctor.cpp", {"etcd"}, "a program"),
    ("harness/app/options.cpp", {"proxy"}, "a sub-command"),
    ("harness/store/text_ledger.cpp", {"unexpected", "resurrected"}, "words of the text of evidence"),
    ("injectors/devices/proxy/actions.cpp", {"http"}, "a field of a rule"),
    ("injectors/common/kernel_flows.cpp", {"tcp"}, "a protocol of packets"),
    ("injectors/proxy_server/api/extras.cpp", {"tcp"}, "a protocol of proxies"),
]


def catalog_rows(root):
    """(word, name) of each line of the catalogue, in order."""
    listing = root / CATALOG
    return re.findall(r"^(\w+)\((\w+)\)", listing.read_text(encoding="utf-8"), re.M) if listing.exists() else []


def metric_names(root, measures):
    """The metrics of these measures, each table in its order."""
    tables = {}
    for path in sorted((root / "harness/measures").rglob("*.cpp")):
        text = path.read_text(encoding="utf-8")
        measure = re.search(r"extern const Measure (\w+)\s*\{", text)
        table = re.search(r"std::array<MetricSpec, \d+> \w+\s*\{\{(.*?)\n\}\};", text, re.S)
        if measure and table:
            tables[measure.group(1)] = re.findall(r"^    \{\"(\w+)\"", table.group(1), re.M)
    return [metric for measure in measures for metric in tables.get(measure, [])]


def names_by_word(root):
    names = {}
    for word, name in catalog_rows(root):
        names.setdefault(word, []).append(name)
    names["METRIC"] = metric_names(root, names.get("MEASURE", []))
    return names


def marked(node, marker):
    """(word, object) of every object below the node whose comment begins with the marker."""
    if isinstance(node, dict):
        comment = node.get("$comment", "")
        if comment.startswith(marker):
            yield comment.removeprefix(marker), node
        for each in node.values():
            yield from marked(each, marker)
    elif isinstance(node, list):
        for each in node:
            yield from marked(each, marker)


def listing_of(program):
    """What the program says of its kinds."""
    return json.loads(subprocess.run([program, "list", "--format", "json"], check=True, capture_output=True,
                                     text=True).stdout)


def type_of(row):
    if "|" in row["type"]:
        return {"anyOf": [{"enum": row["type"].split("|")}, VARIABLE]}
    return TYPES.get(row["type"], {"type": "string"})


def parameter_property(rows):
    """The property of the schema for what several kinds call so; rows: (kind, row of its listing)."""
    owners = {}
    for kind, row in rows:
        default = f" [{row['default']}]" if row["default"] else ""
        owners.setdefault(row["meaning"] + default, []).append(f"{kind} by {row['driver']}" if "driver" in row else kind)
    types = [each for at, each in enumerate(map(type_of, (row for _, row in rows)))
             if each not in [type_of(row) for _, row in rows[:at]]]
    return {"description": " ".join(f"{', '.join(of)}: {text}." for text, of in owners.items()),
            "$comment": PARAMETER} | (types[0] if len(types) == 1 else {"anyOf": types})


def put_parameters(node, kinds):
    """The properties by hand, and behind them one for each parameter of the kinds."""
    by_name = {}
    for kind in kinds:
        for row in kind["rows"]:
            by_name.setdefault(row["name"], []).append((kind["name"], row))
    by_hand = {name: each for name, each in node["properties"].items() if each.get("$comment") != PARAMETER}
    node["properties"] = by_hand | {name: parameter_property(rows) for name, rows in by_name.items()}


def written_schema(root, listing=None):
    """The text of the schema as it should be; without a listing parameters stay as they are."""
    schema = json.loads((root / SCHEMA).read_text(encoding="utf-8"))
    names = names_by_word(root)
    for word, node in marked(schema, MARKER):
        if names.get(word):
            node["enum" if "enum" in node else "examples"] = names[word]
    for word, node in marked(schema, PARAMETERS) if listing else ():
        put_parameters(node, listing[TOPICS[word]])
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_breaches(root, listing=None):
    path = root / SCHEMA
    if not path.exists():
        return
    try:
        written = written_schema(root, listing)
    except ValueError:
        return  # check.py says that it is no JSON
    how = "tests/style/kinds.py --write" + (" --gameday PROGRAM" if listing else "")
    for number, (found, wanted) in enumerate(zip(path.read_text(encoding="utf-8").splitlines(),
                                                 written.splitlines()), 1):
        if found != wanted:
            yield f"{SCHEMA}:{number}: not the names of {CATALOG}; run {how}"
            return
    if path.read_text(encoding="utf-8") != written:
        yield f"{SCHEMA}:1: not as it is written; run {how}"


def is_own_place(name, kind):
    """Whether the file belongs to the kind: a folder or the file itself is called so."""
    path = pathlib.PurePosixPath(name)
    return kind in path.parts or path.stem == kind


def comparison_breaches(root):
    """Who compares a text with the name of a kind knows that kind: it should ask for a trait instead."""
    kinds = {name for _, name in catalog_rows(root)} | set(names_by_word(root)["METRIC"])
    if not kinds:
        return
    unused = {(place, word) for place, words, _ in OTHER_WORDS for word in words}
    literal = rf'"({"|".join(sorted(kinds))})"'
    pattern = re.compile(rf'[!=]=\s*{literal}|{literal}s?v?\s*[!=]=')
    for top in ("harness", "injectors", "reporters"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            name = path.relative_to(root).as_posix()
            text = re.sub(r"//.*", "", path.read_text(encoding="utf-8"))
            for found in pattern.finditer(text):
                kind = found.group(1) or found.group(2)
                allowed = {(place, word) for place, words, _ in OTHER_WORDS for word in words
                           if name.startswith(place) and word == kind}
                unused -= allowed
                if allowed or is_own_place(name, kind):
                    continue
                number = text.count("\n", 0, found.start()) + 1
                yield f"{name}:{number}: compares with the name of a kind, \"{kind}\"; give the kind a trait instead"
    for place, word in sorted(unused):
        yield f"tests/style/kinds.py:1: nobody compares with \"{word}\" in {place}; take it out of OTHER_WORDS"


def breaches(root, listing=None):
    yield from schema_breaches(root, listing)
    yield from comparison_breaches(root)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--gameday", metavar="PROGRAM")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).parents[2])
    options = parser.parse_args()
    root = options.root.resolve()
    listing = listing_of(options.gameday) if options.gameday else None
    if options.write:
        (root / SCHEMA).write_text(written_schema(root, listing), encoding="utf-8")
        return 0
    found = list(breaches(root, listing))
    for line in found:
        print(line)
    print(f"{len(found)} names of kinds out of place")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
