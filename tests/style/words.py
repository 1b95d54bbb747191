#!/usr/bin/env python3
"""The words as a test: pages within their bounds, short sentences, and private words that must not come back.

Usage: words.py [ROOT]. Prints every breach as "file:line: what is wrong" and exits 1 if there is any.
`words.py --self-test` plants one breach of each kind in a scratch tree and fails unless it is found.

A page is a Markdown file. A sentence ends at a full stop, a question mark, an exclamation mark, a semicolon or a middle
dot, and where its paragraph, list entry or table cell ends. Inline code is one word. Blocks of code are not sentences.
"""

import pathlib
import re
import sys
import tempfile

from check import report, sources

COLUMNS_MAX = 120
LINES_MAX = 80
SENTENCE_WORDS_MAX = 25
# The pages that may be longer than a page of a folder.
LINES_MAX_OF = {"README.md": 150, "CONTRIBUTING.md": 250, "CHANGELOG.md": None}

TOPS = ("harness", "injectors", "reporters", "examples", "scenarios", "tests")

# Private types, and the term that took the place of each. They must not stand in code, nor in the inline code of pages.
TYPES = {"Hands": "Effects", "Spell": "SteadyWindow", "Vigil": "WaitLoop", "Deed": "FaultVerb", "Twist": "ToxicExtras",
         "Medium": "Carrier", "Able": "DeviceCheck",
         "Knocked": "Pending", "Board": "ProbeState"}
# Private phrases: (pattern, whether comments are held to it as well as pages, what to write instead).
PHRASES = [
    (re.compile(r"\btoothless\b", re.I), True, "what the thing fails to do"),
    (re.compile(r"\bby\s+itself\b", re.I), True, '"alone" or "on its own"'),
    (re.compile(r"\btold\b", re.I), False, '"reported"'),
]


def pages(root):
    """Every Markdown page that a person reads: not the approved texts of tests, not what tools bring along."""
    for path in sorted(root.glob("*.md")):
        yield path
    for top in TOPS:
        for path in sorted((root / top).rglob("*.md")) if (root / top).is_dir() else []:
            if not {"approved", "node_modules"} & set(path.relative_to(root).parts):
                yield path


def blocks(lines):
    """Yields (line number, text) of each paragraph, list entry and table cell; code is left out."""
    start, held, fenced = 0, [], False
    for number, line in enumerate([*lines, ""], 1):
        fence = line.lstrip().startswith("```")
        code = fenced or fence or (line.startswith("    ") and not held)
        row = line.startswith("|") and not code
        entry = re.match(r"\s*([-*]|\d+\.)\s+", line)
        if held and (code or row or entry or not line.strip() or line.startswith("#")):
            yield start, " ".join(held)
            held = []
        fenced = fenced != fence
        if row:
            for cell in re.split(r"(?<!\\)\|", line.strip("|")):
                yield number, cell.strip()
        elif not code and line.strip():
            start = start if held else number
            held.append(line[entry.end():].strip() if entry else line.strip().lstrip("#").strip())
            if line.startswith("#"):
                yield start, " ".join(held)
                held = []


def sentences(text):
    """The sentences of a block, each as its list of words."""
    text = re.sub(r"`[^`]*`", "Code", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for part in re.split(r"(?<=[.!?;])[)\"*]*\s+| · ", text):
        yield [word for word in part.split() if re.search(r"\w", word)]


def check_page(name, lines):
    bound = LINES_MAX_OF.get(name, LINES_MAX)
    if bound and len(lines) > bound:
        yield f"{name}:1: {len(lines)} lines, at most {bound}: split the page"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"{name}:{number}: {len(line)} columns, at most {COLUMNS_MAX}"
    for number, text in blocks(lines):
        for words in sentences(text):
            if len(words) > SENTENCE_WORDS_MAX:
                opening = " ".join(words[:5])
                yield f"{name}:{number}: a sentence of {len(words)} words, at most {SENTENCE_WORDS_MAX}: {opening} …"


def found_in(name, text, pattern, instead):
    for match in pattern.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        yield f'{name}:{number}: "{" ".join(match.group().split())}" is a private word: write {instead}'


def check_phrases(name, text, comment):
    for pattern, comments_too, instead in PHRASES:
        if comments_too or not comment:
            yield from found_in(name, text, pattern, instead)


def check_types(name, text):
    for word, instead in TYPES.items():
        yield from found_in(name, text, re.compile(rf"\b{word}\b"), instead)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_and_comments(text):
    """The code without texts and comments, and the comments alone; line numbers stay."""
    text = re.sub(r'"(\\.|[^"\\\n])*"', blank, text)
    code = re.sub(r"//.*", "", text)
    comments = re.sub(r"^(.*?)(//+|$)", lambda match: " " * len(match.group()), text, flags=re.M)
    return code, comments


def inline_code(text):
    """The inline code of a page alone; line numbers stay."""
    kept = re.sub(r"`[^`]*`", lambda match: "\0" + match.group()[1:-1] + "\0", text)
    return "".join(part if index % 2 else re.sub(r"[^\n]", " ", part) for index, part in enumerate(kept.split("\0")))


def check_links(root, path, text):
    """A link to a file of the tree leads somewhere."""
    for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", re.sub(r"`[^`]*`", "", text)):
        target = match.group(1)
        if "://" not in target and not (path.parent / target).exists():
            number = text.count("\n", 0, text.find(match.group())) + 1
            yield f"{path.relative_to(root)}:{number}: the link to {target} leads nowhere"


def check_places(root, path, text):
    """A file that inline code names from the root is there, and what is named in it (`file:name`) as well."""
    fenced = re.sub(r"^```.*?^```", blank, text, flags=re.M | re.S)
    for match in re.finditer(rf"`((?:{'|'.join(TOPS)})/[\w/.-]+\.(?:cpp|hpp|inc|py|sh|json))(?::([\w:]+))?`", fenced):
        place, name = root / match.group(1), (match.group(2) or "").split("::")[-1]
        if not place.exists() or not re.search(rf"\b{name}\b", place.read_text(encoding="utf-8", errors="replace")):
            number = fenced.count("\n", 0, match.start()) + 1
            yield f"{path.relative_to(root)}:{number}: there is no {match.group()}"


def breaches(root):
    for path in pages(root):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        yield from check_page(name, text.splitlines())
        yield from check_phrases(name, text, False)
        yield from check_types(name, inline_code(text))
        yield from check_links(root, path, text)
        yield from check_places(root, path, text)
    for path in sources(root):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        code, comments = code_and_comments(text)
        yield from check_types(name, code)
        yield from check_phrases(name, comments, True)


def self_test():
    """Every rule must find the breach planted for it, and pass over what is no breach."""
    long_sentence = "Words " * 26 + "end.\n"
    planted = {
        "harness/long/README.md": ("a\n" * 81, "81 lines"),
        "README.md": ("a\n" * 151, "151 lines"),
        "harness/wide/README.md": ("x" * 121 + "\n", "121 columns"),
        "harness/sentence/README.md": (long_sentence, "a sentence of 27 words"),
        "harness/entry/README.md": ("- one\n- " + long_sentence, ":2: a sentence of 27 words"),
        "harness/cell/README.md": ("| a | " + long_sentence.strip() + " |\n", "a sentence of 27 words"),
        "harness/link/README.md": ("[there](nowhere.md)\n", "leads nowhere"),
        "harness/gone/README.md": ("`harness/gone/gone.cpp`\n", "there is no"),
        "harness/gone/STOPS.md": ("`harness/lone/lone.cpp:Lone::goes`\n", "there is no"),
        "harness/told/README.md": ("It is told.\n", '"reported"'),
        "harness/lone/README.md": ("It ends by\nitself.\n", "on its own"),
        "harness/lone/lone.cpp": ("// It ends by itself.\n", "on its own"),
        "harness/lone/lines.hpp": ("// It ends by\n// itself.\n", "lines.hpp:1:"),
        "harness/lone/teeth.cpp": ("// A toothless rule.\n", "fails to do"),
    }
    for word in TYPES:
        planted[f"harness/word/{word.lower()}.cpp"] = (f"struct {word} {{}};\n", f'"{word}" is a private word')
        planted[f"harness/word/{word.lower()}.md"] = (f"`{word}` is a type.\n", f'"{word}" is a private word')
    sound = {
        "harness/sound/README.md": ("Two words here.\n" * 20) + "\n```\n`harness/a/b.cpp` " + "w " * 50 + "\n```\nHands hold it.\n",
        "harness/sound/printed.cpp": 'auto text = "it ends by itself // by itself";  // Hands it over.\n',
        "tests/sound/approved/page.md": long_sentence,
    }
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, text in {**{name: text for name, (text, _) in planted.items()}, **sound}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(breaches(root))
    wrong = [f"not found: {name}: {what}" for name, (_, what) in planted.items()
             if not any(line.startswith(name + ":") and what in line for line in found)]
    wrong += [f"found falsely: {line}" for line in found if line.startswith(tuple(sound))]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(report(breaches, self_test, "breaches of words"))
