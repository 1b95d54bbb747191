#!/usr/bin/env python3
"""The style guide as a test: layers, sizes, headers, catalogue = folders, scenarios.

Usage: check.py [ROOT]. Prints every breach as "file:line: what is wrong" and exits 1 if there is any.
`check.py --self-test` plants one breach of each kind in a scratch tree and fails unless it is found.
"""

import json
import pathlib
import re
import sys
import tempfile

import kinds

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

LOWER = {"base", "model", "json", "ports"}
# What a folder of layer 3 may include beyond the lower layers and itself.
PAIRS = {
    "run": {"scenario"},
    "load": {"routing"},
    "measures": {"view"},
    "judge": {"view"},
    "routing": set(), "clients": set(),
    "base": set(), "model": {"base"}, "json": {"base", "model"}, "ports": {"base", "model"},
}
# Folders that must not see the layers above them even though those are in LOWER.
STRICT = {"base", "model", "json", "ports"}

# The rooms of injectors/ that have several, and which others each may include (besides the layers below).
KERNEL, PROXY, SERVER = "injectors/kernel", "injectors/devices/proxy", "injectors/proxy_server"
ROOMS = {
    f"{KERNEL}/host": set(),
    f"{KERNEL}/nft": {f"{KERNEL}/host"},
    f"{KERNEL}/steer": {f"{KERNEL}/host", f"{KERNEL}/nft"},
    f"{KERNEL}/prove": {f"{KERNEL}/host", f"{KERNEL}/nft", f"{KERNEL}/steer"},
    f"{PROXY}/http": set(),
    f"{PROXY}/tls": set(),
    f"{PROXY}/tls/endpoint": {f"{PROXY}/tls"},
    f"{PROXY}/net": {f"{PROXY}/tls/endpoint"},
    f"{PROXY}/record": set(),
    PROXY: {f"{PROXY}/{each}" for each in ("http", "tls", "net", "record", "rules", "relay")},
    f"{PROXY}/rules": {PROXY, f"{PROXY}/http", f"{PROXY}/net", f"{PROXY}/tls"},
}
ROOMS[f"{PROXY}/relay"] = set(ROOMS) - {f"{KERNEL}/{each}" for each in ("host", "nft", "steer", "prove")}
ROOMS[SERVER] = {room for room in ROOMS if room.startswith(PROXY)}
ROOMS[f"{SERVER}/udp"] = ROOMS[SERVER] | {SERVER}
ROOMS[f"{SERVER}/toxics"] = ROOMS[f"{SERVER}/udp"] | {f"{SERVER}/udp"}
ROOMS[f"{SERVER}/api"] = ROOMS[f"{SERVER}/udp"] | {f"{SERVER}/toxics"}
ROOMS[f"{SERVER}/lines"] = ROOMS[f"{SERVER}/api"] | {f"{SERVER}/api", f"{SERVER}/udp"}
ROOMS[f"{SERVER}/cli"] = {f"{SERVER}/toxics"}

# What actions of kernel devices are made of, as data: kinds may name it.
KERNEL_WORDS = {f"{KERNEL}/nft/flow.hpp", f"{KERNEL}/steer/impairment.hpp"}

HEAVY = [
    # (pattern of the include, folders that may have it, what to say)
    (re.compile(r"nlohmann/|valijson/"), ("harness/json/", "harness/scenario/schema_check", "tests/"),
     "the JSON libraries belong to harness/json and harness/scenario/schema_check.cpp"),
    (re.compile(r"boost/(asio|beast)"),
     ("harness/load/", "harness/probes/", "harness/drivers/", "harness/routing/", "harness/ports/client.hpp",
      "injectors/devices/proxy/", "injectors/proxy_server/", "examples/", "tests/"),
     "Asio belongs to load, probes, routing, drivers, the proxy and ports/client.hpp"),
    (re.compile(r"netlink/"), ("injectors/devices/", "injectors/kernel/"), "libnl belongs to kernel and devices"),
]


def sources(root):
    for top in ("harness", "injectors", "reporters", "examples", "tests"):
        folder = root / top
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".cpp", ".hpp") and path.is_file():
                    yield path


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def layer_breach(name, target):
    """What is wrong with file `name` (path from the root) including `target`, or None."""
    if name.startswith(("tests/", "harness/app/", "examples/")):
        return None
    if target.startswith("harness/app/"):
        return "only tests may include harness/app"
    if name.startswith("harness/"):
        own = name.split("/")[1]
        if target.startswith(("injectors/", "reporters/")):
            return "only harness/app may include injectors/ and reporters/"
        if not target.startswith("harness/"):
            return None
        other = target.split("/")[1]
        if other == own or other in PAIRS.get(own, set()):
            return None
        if own in STRICT or other not in LOWER:
            return f"harness/{own} may not include harness/{other}"
        return None
    if target.startswith("harness/"):
        if target.split("/")[1] not in LOWER:
            return "injectors and reporters include only base, model, json and ports"
        return None
    if name.startswith("reporters/") and target.startswith("injectors/"):
        return "reporters know no injectors"
    if name.startswith("injectors/") and target.startswith("reporters/"):
        return "injectors know no reporters"
    if name.startswith("injectors/") and target.startswith("injectors/"):
        return injector_breach(name, target)
    return None


def room_of(name):
    """The room a file of injectors/ is in (the longest that fits), or None."""
    fitting = [room for room in ROOMS if name.startswith(room + "/")]
    return max(fitting, key=len, default=None)


def injector_breach(name, target):
    """The same within injectors/: kinds → devices → kernel, proxy_server → proxy, and the rooms of each."""
    own, other = room_of(name), room_of(target)
    if own and other and own != other:
        if other not in ROOMS[own]:
            return f"{own} may not include {other}"
        return None
    if name.startswith("injectors/kernel/"):
        return None if other else "injectors/kernel may not include other parts of injectors"
    if name.startswith("injectors/proxy_server/"):
        return None if other else "injectors/proxy_server is made of the proxy device alone"
    if target.startswith("injectors/proxy_server/"):
        return "only harness/app may include injectors/proxy_server"
    if target in KERNEL_WORDS and name.startswith("injectors/common/"):
        return None
    if target.startswith("injectors/kernel/"):
        return None if name.startswith("injectors/devices/") else "only devices may include injectors/kernel"
    if not target.startswith("injectors/devices/"):
        return None
    own_device = re.match(r"injectors/devices/(\w+)/", name)
    if own_device and target.startswith(f"injectors/devices/{own_device.group(1)}/"):
        return None
    if target.endswith("/actions.hpp") or target.startswith("injectors/devices/common/"):
        return None
    return "a fault kind reaches a device only through its actions.hpp"


def long_functions(text):
    """Yields (line, length) of top-level blocks that look like functions and are too long."""
    depth = 0
    start = None
    in_function = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|//.*', "", line)
        opening = bare.count("{") - bare.count("}")
        if not in_function and opening > 0 and re.search(r"\)\s*(const|noexcept|override|->[^{]*)*\s*(:[^{]*)?\{", bare):
            in_function, start, base = True, number, depth
        depth += opening
        if in_function and depth <= base:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield start, number - start + 1
            in_function = False


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield f"{name}:1: {len(lines)} lines, at most {FILE_LINES_MAX}: one idea per file"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"{name}:{number}: {len(line)} columns, at most {COLUMNS_MAX}"
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield f"{name}:{number}: an unfinished note; finish it or file an issue"
    for start, length in long_functions(text):
        yield f"{name}:{start}: a function of {length} lines, at most {FUNCTION_LINES_MAX}"
    if path.suffix == ".hpp":
        if not text.startswith("//"):
            yield f"{name}:1: a header opens with what the file is for"
        if "#pragma once" not in text:
            yield f"{name}:1: #pragma once is missing"
    for number, target, quoted in includes(text):
        if quoted and not (root / target).exists() and not target.startswith("generated/"):
            yield f"{name}:{number}: \"{target}\" is not a path from the root of the project"
        breach = layer_breach(name, target)
        if breach:
            yield f"{name}:{number}: {breach} ({target})"
        for pattern, allowed, message in HEAVY:
            if pattern.search(target) and not name.startswith(allowed):
                yield f"{name}:{number}: {message} ({target})"


def check_catalog(root):
    """catalog.inc = folders: every line has its folder (or file), every folder its line."""
    listing = root / "harness/app/catalog.inc"
    if not listing.exists():
        return
    rows = re.findall(r"^(\w+)\((\w+)\)", listing.read_text(), re.M)
    def listed(kind):
        return {name for row, name in rows if row == kind}
    def folders(path, without=()):
        return {each.name for each in (root / path).iterdir()
                if each.is_dir() and each.name not in without and any(each.glob("*.cpp"))} \
            if (root / path).is_dir() else set()
    measures = {each.stem for each in (root / "harness/measures").rglob("*.cpp")
                if re.search(r"extern const Measure \w+", each.read_text())} \
        if (root / "harness/measures").is_dir() else set()
    def sources_in(path):
        return {each.stem for each in (root / path).glob("*.cpp")}
    pairs = [("FAULT", folders("injectors", ("devices", "common", "kernel", "proxy_server")), "injectors/"),
             ("DEVICE", folders("injectors/devices", ("common",)), "injectors/devices/"),
             ("DRIVER", folders("harness/drivers", ("common",)), "harness/drivers/"),
             ("PROBE", folders("harness/probes"), "harness/probes/"),
             ("REPORTER", folders("reporters", ("compliance", "common")), "reporters/"),
             ("POLICY", sources_in("harness/routing/policies"), "harness/routing/policies/"),
             ("CLIENT", sources_in("harness/clients"), "harness/clients/"),
             ("MEASURE", measures, "harness/measures/")]
    for kind, found, place in pairs:
        for name in sorted(listed(kind) - found):
            yield f"harness/app/catalog.inc:1: {kind}({name}) has no {place}{name}"
        for name in sorted(found - listed(kind)):
            yield f"{place}{name}: not listed; add {kind}({name}) to harness/app/catalog.inc"


def check_names(root):
    """One C++ file name per folder level; every folder of sources explains itself."""
    for top in ("harness", "injectors", "reporters", "examples", "scenarios", "tests"):
        folder = root / top
        if folder.is_dir() and not (folder / "README.md").exists():
            yield f"{top}/README.md: missing"
    for path in sources(root):
        if not re.fullmatch(r"[a-z0-9_]+\.[ch]pp", path.name):
            yield f"{path.relative_to(root)}:1: file names are snake_case"


def check_json(root):
    for path in sorted((root / "scenarios").glob("*.json")) if (root / "scenarios").is_dir() else []:
        if path.name.endswith("schema.json"):
            try:
                json.loads(path.read_text())
            except ValueError as error:
                yield f"{path.relative_to(root)}:1: {error}"


def breaches(root):
    for path in sources(root):
        yield from check_file(root, path)
    yield from check_catalog(root)
    yield from check_names(root)
    yield from check_json(root)
    yield from kinds.breaches(root)


def self_test():
    """Every rule must find the breach planted for it, or the whole check is worth nothing."""
    planted = {
        "harness/base/time.hpp": ("// x\n#pragma once\n#include \"harness/model/a.hpp\"\n", "may not include harness/model"),
        "harness/model/a.hpp": ("// x\n#pragma once\n#include <boost/asio.hpp>\n", "Asio belongs"),
        "harness/run/a.hpp": ("// x\n#pragma once\n#include \"injectors/flap/flap.hpp\"\n", "only harness/app may include"),
        "injectors/flap/flap.hpp": ("// x\n#pragma once\n#include \"injectors/devices/proxy/relay/relay.hpp\"\n", "only through its actions.hpp"),
        "injectors/flap/flap.cpp": ("#include \"injectors/flap/flap.hpp\"\n", "add FAULT(flap)"),
        "injectors/devices/proxy/relay/relay.hpp": ("// x\n#pragma once\n#include \"harness/run/a.hpp\"\n", "include only base"),
        "injectors/kernel/host/a.hpp": ("// x\n#pragma once\n#include \"injectors/kernel/nft/a.hpp\"\n", "kernel/host may not include"),
        "injectors/kernel/nft/a.hpp": ("// x\n#pragma once\n#include \"injectors/devices/netem/a.hpp\"\n", "may not include other parts"),
        "injectors/devices/netem/a.hpp": ("// x\n#pragma once\n#include \"injectors/proxy_server/api/a.hpp\"\n", "only harness/app may include injectors/proxy"),
        "injectors/proxy_server/api/a.hpp": ("// x\n#pragma once\n#include \"injectors/devices/netem/a.hpp\"\n", "made of the proxy device"),
        "injectors/loss/a.hpp": ("// x\n#pragma once\n#include \"injectors/kernel/nft/a.hpp\"\n", "only devices may include"),
        "harness/probes/dns/dns.cpp": ("#include \"harness/load/a.hpp\"\n", "add PROBE(dns)"),
        "harness/probes/a.hpp": ("// x\n#pragma once\n#include \"harness/load/a.hpp\"\n", "probes may not include harness/load"),
        "harness/load/a.hpp": ("// x\n#pragma once\n#include \"harness/probes/a.hpp\"\n", "load may not include harness/probes"),
        "harness/load/long.cpp": ("int f() {\n" + "    ;\n" * 71 + "}\n", "a function of"),
        "harness/load/big.cpp": ("// x\n" * 401, "401 lines"),
        "harness/load/wide.cpp": ("// " + "x" * 100 + "\n", "columns"),
        "harness/load/headless.hpp": ("#pragma once\n", "opens with what"),
        "harness/load/json.cpp": ("#include <nlohmann/json.hpp>\n", "JSON libraries"),
        "harness/load/CamelCase.cpp": ("\n", "snake_case"),
        "harness/load/undone.cpp": ("// TO" + "DO\n", "unfinished"),
        "harness/load/lost.cpp": ("#include \"base/time.hpp\"\n", "not a path from the root"),
        "harness/app/catalog.inc": ("FAULT(ghost)\n", "has no injectors/ghost"),
        "harness/routing/policies/nearest.cpp": ("\n", "add POLICY(nearest)"),
        "harness/clients/pinned.cpp": ("\n", "add CLIENT(pinned)"),
        "harness/clients/shared.hpp": ("// x\n#pragma once\n#include \"harness/load/long.cpp\"\n", "harness/clients may not include"),
        "scenarios/x.schema.json": ("{", "Expecting"),
        "scenarios/scenario.schema.json": ('{"$comment": "names of FAULT", "enum": []}', "not the names of harness/app"),
        "harness/load/named.cpp": ("bool f(std::string_view kind) { return kind == \"ghost\"; }\n", "give the kind a trait"),
        "harness/store/text_ledger.cpp": ("", "take it out of OTHER_WORDS"),
    }
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, (text, _) in planted.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(breaches(root))
        missing = [f"{name}: {what}" for name, (_, what) in planted.items()
                   if not any(what in line for line in found)]
        (root / kinds.SCHEMA).write_text('{"$comment": "parameters of PROBE", "properties": {}}')
        row = {"name": "server", "type": "text", "default": "", "meaning": "who is asked"}
        if not list(kinds.schema_breaches(root, {"probes": [{"name": "dns", "rows": [row]}]})):
            missing.append(f"{kinds.SCHEMA}: a parameter that it lacks")
    for line in missing:
        print("not found:", line)
    return 1 if missing else 0


def report(breaches_of, self_test_of, what):
    """The main of each check: --self-test, or every breach below the root and how many there are. Returns the exit status."""
    if "--self-test" in sys.argv:
        return self_test_of()
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = list(breaches_of(root))
    for line in found:
        print(line)
    print(f"{len(found)} {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(report(breaches, self_test, "breaches of style"))
