#!/usr/bin/env python3
"""Headers and sources are complete by their text: what they name is declared by what they include.

Usage: complete.py [ROOT]. Prints every breach as "file:line: what is wrong" and exits 1 if there is any.
`complete.py --self-test` plants one breach of each kind in a scratch tree and fails unless it is found.

Sources are compiled in batches with common headers, so a missing include may go unnoticed: the file before has it.
This check is cheap and knows names, no grammar: those of the standard library by a table, libraries by their
namespaces, and our own types. An include counts wherever it is reached from; `alone.py` compiles all of it for proof.
"""

import functools
import pathlib
import re
import sys
import tempfile

from check import includes, report, sources

# What each header of the standard library is included for. A name may be in several.
STANDARD = {
    "algorithm": """adjacent_find all_of any_of binary_search clamp copy copy_if count count_if equal fill find find_if
        find_if_not for_each is_sorted iter_swap lower_bound max max_element min min_element minmax mismatch none_of nth_element
        partition partition_point pop_heap push_heap remove_if replace reverse rotate set_difference set_intersection sort stable_sort
        transform unique upper_bound includes""",
    "array": "array to_array",
    "atomic": "atomic atomic_flag memory_order_relaxed memory_order_acquire memory_order_release",
    "bit": "bit_cast bit_width countr_zero endian popcount rotl rotr",
    "bitset": "bitset",
    "cctype": "isalnum isalpha isdigit isprint isspace isupper isxdigit tolower toupper",
    "charconv": "chars_format from_chars to_chars",
    "chrono": "chrono chrono_literals",
    "cmath": """abs ceil cos erfc exp expm1 floor fmod isfinite isinf isnan ldexp lgamma llrint llround log log10 log1p log2
        lround nan nextafter pow round sin sqrt trunc""",
    "compare": "partial_ordering strong_ordering weak_ordering",
    "concepts": "convertible_to derived_from integral invocable same_as floating_point",
    "condition_variable": "condition_variable condition_variable_any",
    "csignal": "signal raise",
    "cstddef": "byte max_align_t nullptr_t ptrdiff_t size_t",
    "cstdint": """int16_t int32_t int64_t int8_t intmax_t intptr_t uint16_t uint32_t uint64_t uint8_t uintmax_t
        uintptr_t""",
    "cstdio": """FILE fclose fflush fgetc fgets fopen fprintf fputs fread fscanf fwrite perror printf puts remove rewind
        snprintf tmpfile""",
    "cstdlib": """abort abs atof atoi atoll atol exit free getenv malloc strtod strtol strtoll strtoul strtoull
        system quick_exit""",
    "cstring": "memchr memcmp memcpy memmove memset strchr strcmp strerror strlen strncmp strsignal",
    "ctime": "clock gmtime strftime time time_t tm",
    "deque": "deque",
    "exception": "current_exception exception exception_ptr rethrow_exception terminate uncaught_exceptions",
    "filesystem": "filesystem",
    "forward_list": "forward_list",
    "fstream": "fstream ifstream ofstream",
    "functional": "bind_front function greater hash invoke less plus ref cref identity",
    "future": "async future future_status packaged_task promise",
    "initializer_list": "initializer_list",
    "iomanip": "setfill setprecision setw put_time",
    "ios": "hex ios ios_base",
    "iostream": "cerr cin clog cout",
    "istream": "istream",
    "iterator": """advance back_inserter begin distance end inserter istreambuf_iterator make_move_iterator
        make_reverse_iterator next prev size ssize""",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": """addressof enable_shared_from_this make_shared make_unique shared_ptr static_pointer_cast unique_ptr
        weak_ptr dynamic_pointer_cast""",
    "mutex": "call_once lock_guard mutex once_flag recursive_mutex scoped_lock unique_lock",
    "new": "bad_alloc launder",
    "numbers": "numbers",
    "numeric": "accumulate gcd iota lcm midpoint reduce",
    "optional": "make_optional nullopt nullopt_t optional",
    "ostream": "endl flush ostream",
    "queue": "priority_queue queue",
    "random": """bernoulli_distribution exponential_distribution mt19937 mt19937_64 normal_distribution random_device
        uniform_int_distribution uniform_real_distribution""",
    "ranges": "views",
    "ratio": "micro milli nano ratio",
    "regex": "cmatch regex regex_match regex_replace regex_search smatch sregex_iterator",
    "set": "multiset set",
    "shared_mutex": "shared_lock shared_mutex",
    "span": "as_bytes dynamic_extent span",
    "sstream": "istringstream ostringstream stringstream",
    "stdexcept": "domain_error invalid_argument logic_error out_of_range overflow_error runtime_error",
    "stop_token": "stop_callback stop_source stop_token",
    "string": "getline stod stof stoi stol stoll stoul stoull string string_literals to_string u8string wstring",
    "string_view": "string_view string_view_literals",
    "system_error": "errc error_category error_code generic_category make_error_code system_category system_error",
    "thread": "jthread this_thread thread",
    "tuple": "apply forward_as_tuple make_tuple tie tuple tuple_element_t tuple_size_v",
    "type_traits": """common_type_t conditional_t decay_t enable_if_t false_type integral_constant invoke_result_t
        is_base_of_v is_const_v is_convertible_v is_enum_v is_integral_v is_invocable_v is_nothrow_move_constructible_v
        is_same_v is_signed_v is_trivially_copyable_v is_unsigned_v is_void_v make_unsigned_t remove_const_t
        remove_cvref_t remove_reference_t true_type underlying_type_t""",
    "typeinfo": "type_info",
    "unordered_map": "unordered_map",
    "unordered_set": "unordered_set",
    "utility": """as_const cmp_equal cmp_greater cmp_less declval exchange forward in_place in_range index_sequence
        make_index_sequence make_pair move pair piecewise_construct swap to_underlying""",
    "variant": """get_if holds_alternative in_place_type monostate variant variant_alternative_t variant_size_v visit""",
    "vector": "vector",
}
# The standard says that these come along.
ALSO = {
    "cstddef": {"cstdio", "cstdlib", "cstring", "ctime"},
    "initializer_list": {"vector", "string", "map", "set", "array", "utility", "span", "list", "deque", "unordered_map"},
    "ios": {"fstream", "iomanip", "iostream", "istream", "ostream", "sstream"},
    "istream": {"fstream", "iostream", "sstream"}, "ostream": {"fstream", "iostream", "sstream"},
    "iterator": {"array", "deque", "list", "map", "regex", "set", "span", "string", "string_view", "vector"},
    "utility": {"map", "tuple"}, "exception": {"stdexcept", "new", "typeinfo"}, "ratio": {"chrono"},
    "chrono": {"thread"}, "string": {"sstream", "regex", "system_error", "filesystem"},
    "string_view": {"string"},
    "stop_token": {"thread", "condition_variable"}, "system_error": {"charconv", "filesystem"},
}
# Overloaded for what the containers and others hold: whoever has such a thing has these.
ANYWHERE = {"size_t", "get", "erase", "erase_if", "swap", "begin", "end", "size"}
LIBRARIES = {
    "fmt": "fmt/", "nlohmann": "nlohmann/", "CLI": "CLI/", "valijson": "valijson/",
    "boost::asio": ("boost/asio", "boost/beast"), "boost::beast": "boost/beast",
    "boost::system": ("boost/system", "boost/asio", "boost/beast"),
    "Catch": ("catch2/", "tests/support/catch.hpp"),
}

WHERE = {}
FIRST = {}  # the one to name
for header, names in STANDARD.items():
    for each in names.split():
        WHERE.setdefault(each, set()).update({header}, ALSO.get(header, set()))
        FIRST.setdefault(each, header)
WHERE |= {each: None for each in ANYWHERE}

# std::ranges::find is where std::find is.
NAME = re.compile(r"\bstd::(?:ranges::)?([A-Za-z_]\w*)")
TYPE = re.compile(r"(?<![\w.:>])[A-Z]\w*[a-z]\w*")
DEFINED = re.compile(r"^(?:template <[^;{]*>\s*)?(?:struct|class|enum class|enum|union|using|concept) ([A-Z]\w*)[^;]*?(?:\{|=|:)", re.M)
# A function of two words and more: those of one are names of members, too.
FUNCTION = re.compile(r"^(?:\[\[nodiscard\]\] |inline |constexpr |template <[^;{]*>\s*)*"
                      r"[a-zA-Z][\w:<>,&* ]*?[\w>&*] [&*]?([a-z]\w*_\w*)\(", re.M)
CALL = re.compile(r"(?<![\w.>~:])([a-z]\w*_\w*)\(")
DECLARED = re.compile(r"\b(?:struct|class|enum|union|using|concept|typename|namespace)\s+([A-Z]\w*)")


def bare(text):
    """The text without comments and literals, line by line."""
    text = re.sub(r'R"(\w*)\(.*?\)\1"', lambda m: '""' + "\n" * m[0].count("\n"), text, flags=re.S)
    text = re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', lambda m: "" if m[0][0] == "/" else '""', text)
    return text


class Tree:
    def __init__(self, root):
        self.root = root
        self.text = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sources(root)}
        self.bare = {name: bare(text) for name, text in self.text.items()}
        self.includes = {name: [target for _, target, _ in includes(text)] for name, text in self.text.items()}
        self.declares = {name: set(DECLARED.findall(text)) for name, text in self.bare.items()}
        self.owners, self.functions = {}, {}
        for name, text in self.bare.items():
            if name.endswith(".hpp"):
                for each in DEFINED.findall(text):
                    self.owners.setdefault(each, set()).add(name)
                for each in FUNCTION.findall(text):
                    self.functions.setdefault(each, set()).add(name)

    @functools.lru_cache(maxsize=None)
    def reached(self, name):
        """All that is included by the file, directly or not, and the file."""
        found, left = {name}, [name]
        while left:
            for target in self.includes.get(left.pop(), ()):
                if target not in found:
                    found.add(target)
                    left.append(target)
        return found


def own_header(tree, name):
    """A source includes its own header first: so the header is compiled with nothing before it."""
    header = name[:-4] + ".hpp"
    if name.endswith(".cpp") and header in tree.text and tree.includes[name][:1] != [header]:
        yield f"{name}:1: its own header is not its first include"


def lines_of(text, pattern):
    for number, line in enumerate(text.splitlines(), 1):
        for match in pattern.finditer(line):
            yield number, match


def standard(tree, name):
    reached = tree.reached(name)
    told = set()
    for number, match in lines_of(tree.bare[name], NAME):
        word = match[1]
        if word == "ranges" or word in told:
            continue
        told.add(word)
        if word not in WHERE:
            yield f"{name}:{number}: which header has std::{word}? Add it to the table of {pathlib.Path(__file__).name}"
        elif WHERE[word] is not None and not WHERE[word] & reached:
            yield f"{name}:{number}: std::{word} without <{FIRST[word]}>"


def libraries(tree, name):
    reached = tree.reached(name)
    for namespace, prefix in LIBRARIES.items():
        if any(each.startswith(prefix) for each in reached):
            continue
        if any(f"namespace {namespace} {{" in tree.bare.get(each, "") for each in reached):
            continue  # what is declared there is enough
        for number, _ in lines_of(tree.bare[name], re.compile(rf"(?<![\w:]){namespace}::\w")):
            yield f"{name}:{number}: {namespace}:: without a header of it"
            break


def own_types(tree, name):
    reached = tree.reached(name)
    declared = set().union(*(tree.declares.get(each, ()) for each in reached))
    told = set()
    for number, match in lines_of(tree.bare[name], TYPE):
        word = match[0]
        if word in told or word not in tree.owners or word in declared:
            continue
        told.add(word)
        yield f"{name}:{number}: {word} without \"{sorted(tree.owners[word])[0]}\""


def own_functions(tree, name):
    reached = tree.reached(name)
    told = set()
    for number, match in lines_of(tree.bare[name], CALL):
        word = match[1]
        if word in told or word not in tree.functions or tree.functions[word] & reached:
            continue
        told.add(word)
        # A member, a parameter or something local of that name.
        here = re.compile(rf"(?<!return)(?<!await)(?<!else)(?<=[\w>&*\]]) [&*]?{word}\(|[&*> ]{word}(?: =|[,;)={{])")
        if not any(here.search(tree.bare.get(each, "")) for each in reached):
            yield f"{name}:{number}: {word}() without \"{sorted(tree.functions[word])[0]}\""


def breaches(root):
    tree = Tree(root)
    for name in tree.text:
        for rule in (own_header, standard, libraries, own_types, own_functions):
            yield from rule(tree, name)


def self_test():
    """Every rule must find the breach planted for it, and nothing in what is sound."""
    planted = {
        "harness/a/needs_string.hpp": ("#pragma once\nstd::string f();\n", "std::string without <string>"),
        "harness/a/ranges.hpp": ("#pragma once\nauto f(auto x) { return std::ranges::find(x, 1); }\n", "std::find without <algorithm>"),
        "harness/a/new_word.hpp": ("#pragma once\nstd::flux f();\n", "which header has std::flux"),
        "harness/a/fmt.cpp": ("auto a = fmt::format(\"\");\n", "fmt:: without"),
        "harness/a/thing.hpp": ("#pragma once\nstruct Thing {};\nint call_thing();\n", None),
        "harness/a/thing.cpp": ("#include <string>\n#include \"harness/a/thing.hpp\"\n", "not its first include"),
        "harness/a/uses.hpp": ("#pragma once\nvoid f(const Thing& thing);\n", "Thing without \"harness/a/thing.hpp\""),
        "harness/a/calls.hpp": ("#pragma once\ninline int g() { return call_thing(); }\n", "call_thing() without"),
        "harness/a/sound.hpp": ("#pragma once\n#include \"harness/a/reaches.hpp\"\nstruct Far;\n"
                                "std::string f(Thing, Far&);  // std::vector\n", None),
        "harness/a/reaches.hpp": ("#pragma once\n#include \"harness/a/thing.hpp\"\n#include <string>\n", None),
    }
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, (text, _) in planted.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(breaches(root))
    wrong = []
    for name, (_, what) in planted.items():
        mine = [line for line in found if line.startswith(name)]
        if what and not any(what in line for line in mine):
            wrong.append(f"not found: {name}: {what}")
        if not what:
            wrong += [f"found in what is sound: {line}" for line in mine]
    print("\n".join(wrong) or f"{len(planted)} files, all breaches found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(report(breaches, self_test, "names without their headers"))
