#!/usr/bin/env python3
"""Names of kinds stand in one place: harness/app/catalog.inc, and metrics in the table of their measure.

Usage: kinds.py [ROOT]          prints every breach as "file:line: what is wrong" and exits 1 if there is any.
       kinds.py --write [ROOT]  writes the lists of scenarios/scenario.schema.json anew.
check.py runs the same checks and plants a breach of each.

A list of the schema is written from here when its object has "$comment": "names of FAULT" (any word of
catalog.inc, or METRIC): its "enum" or "examples" are those names, in the order of catalog.inc. A word without
any line in catalog.inc has no names to write, and its list stays as it is.
"""

import json
import pathlib
import re
import sys

CATALOG = "harness/app/catalog.inc"
SCHEMA = "scenarios/scenario.schema.json"
MARKER = "names of "

# Where a word in quotes is not the name of a kind, although it reads like one: beginning of the path, words, why.
OTHER_WORDS = [
    ("harness/app/command", {"html", "json"}, "values of --format"),
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


def marked_lists(node):
    """(word, object, key) of every list below the node that is written from the catalogue."""
    if isinstance(node, dict):
        comment = node.get("$comment", "")
        if comment.startswith(MARKER):
            yield comment.removeprefix(MARKER), node, "enum" if "enum" in node else "examples"
        for each in node.values():
            yield from marked_lists(each)
    elif isinstance(node, list):
        for each in node:
            yield from marked_lists(each)


def written_schema(root):
    """The text of the schema as it should be."""
    schema = json.loads((root / SCHEMA).read_text(encoding="utf-8"))
    names = names_by_word(root)
    for word, node, key in marked_lists(schema):
        if names.get(word):
            node[key] = names[word]
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_breaches(root):
    path = root / SCHEMA
    if not path.exists():
        return
    try:
        written = written_schema(root)
    except ValueError:
        return  # check.py says that it is no JSON
    for number, (found, wanted) in enumerate(zip(path.read_text(encoding="utf-8").splitlines(),
                                                 written.splitlines()), 1):
        if found != wanted:
            yield f"{SCHEMA}:{number}: not the names of {CATALOG}; run tests/style/kinds.py --write"
            return
    if path.read_text(encoding="utf-8") != written:
        yield f"{SCHEMA}:1: not as it is written; run tests/style/kinds.py --write"


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


def breaches(root):
    yield from schema_breaches(root)
    yield from comparison_breaches(root)


def main():
    arguments = [each for each in sys.argv[1:] if each != "--write"]
    root = pathlib.Path(arguments[0]).resolve() if arguments else pathlib.Path(__file__).resolve().parents[2]
    if "--write" in sys.argv:
        (root / SCHEMA).write_text(written_schema(root), encoding="utf-8")
        return 0
    found = list(breaches(root))
    for line in found:
        print(line)
    print(f"{len(found)} names of kinds out of place")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
