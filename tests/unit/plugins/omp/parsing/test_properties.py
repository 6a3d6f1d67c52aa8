"""What holds for any names."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing.figures import wrong_types
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.parsing.shapes import Shapes
from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.words import Words

SIGNS = "_- .,;:=~@#+&|/"
BRACKETS = "[](){}"
WORDS = st.sampled_from(
    ["HeLa", "ctrl", "T-cell", "A01", "0.1uM", "DMSO-d6", "2024-01-03", "-60.0", "20x-oil", "日本",
     "[0.00]", "(2)", "e\u0301", "007", "anti-GFP", "5-HT2A", "1.2.3", "IL-6", "x y", ".ome",
     "DMSO", "20x", "2024", "SARS-CoV-2", "MDA-MB-231", "T", "cell", "2.5x-oil", "1.5", "d6", "01"]
)  # fmt: skip
GAPS = st.text(st.sampled_from(SIGNS + BRACKETS), max_size=3)
BUILT = st.builds(
    lambda parts, end: "".join(f"{word}{gap}" for word, gap in parts) + end,
    st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=6),
    st.sampled_from(["", ".tif", ".ome.tif", ".nii.gz", ".lif [Series 3]"]),
)
NAMES = BUILT | st.text(max_size=60) | st.text(st.sampled_from(SIGNS + BRACKETS + "aA01"))
LISTS = [
    each["names"]
    for file in sorted((Path(__file__).parents[4] / "data" / "omp_names").glob("*.json"))
    for each in json.loads(file.read_text(encoding="utf-8"))
]
PUBLISHED = sorted({name for names in LISTS for name in names})
EXPRESSIONS = st.text(max_size=80) | st.text(st.sampled_from("()[]{}?P<=!>|*+\\dpL:a1^$-_,."))
PATTERNS = st.text(st.sampled_from(SIGNS), max_size=4)


def base_name(parsed: parsing.ParsedName) -> str:
    """The name without its extension, wherever that stood."""
    base, extension = extensions(parsing.load_rules()).split(parsed.name)
    assert extension == parsed.extension
    places = range(len(base) + 1)
    assert any(base[:place] + extension + base[place:] == parsed.name for place in places)
    return base


def put_together(base: str, tokens: tuple[str, ...], signs: str) -> str:
    """Tokens and what was cut between them; what was cut must not be a part of a word."""
    position, built = 0, ""
    for token in [*tokens, None]:
        end = base.index(token, position) if token is not None else len(base)
        cut = base[position:end]
        assert all(sign in signs + BRACKETS or sign.isspace() for sign in cut), (cut, tokens)
        built += cut + (token or "")
        position = end + len(token or "")
    return built


@given(NAMES, PATTERNS)
def test_no_word_is_lost_and_tokens_give_the_name_back(name: str, pattern: str) -> None:
    parser = parsing.compile_parser(parsing.ParserSettings("separators", pattern))
    parsed = parser.parse(name)
    base = base_name(parsed)
    assert put_together(base, parsed.tokens, pattern) == base
    assert all(token == token.strip() != "" for token in parsed.tokens)
    assert tuple(value for _, value in parsed.pairs) == parsed.tokens
    assert len(parsed.types) == len(parsed.pairs)


@given(NAMES, PATTERNS)
def test_the_quick_way_finds_what_a_close_look_finds(name: str, pattern: str) -> None:
    splitter = Splitter(pattern, Words(parsing.load_rules()))
    assert splitter.split(name) == splitter.look_closely(name)
    parser = parsing.compile_parser(parsing.ParserSettings("separators", pattern))
    # Together with others, as one text, and alone.
    several = [name, "a_b.tif", name, f"{name}.tif"]
    assert list(parser.parse_all(several)) == [parser.parse(each) for each in several]
    found = splitter.one_by_one(name)
    assert found is None or tuple(filter(None, map(str.strip, found))) == splitter.split(name)[0]


@given(st.lists(BUILT, max_size=6))
def test_shapes_count_the_words_that_the_parser_finds(names: list[str]) -> None:
    words = Words(parsing.load_rules())
    splitter = Splitter(SIGNS, words)
    counted = Shapes(names, SIGNS, words).widths(SIGNS)
    assert counted == Counter(len(splitter.split(name)[0]) for name in names)


@given(st.lists(NAMES, max_size=12), st.randoms(use_true_random=False))
def test_any_order_of_names_gives_the_same_result(names: list[str], chance: object) -> None:
    shuffled = list(names)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    detected = parsing.detect(names)
    assert parsing.detect(shuffled) == detected
    parser = parsing.compile_parser(parsing.settings_from(detected))
    one_by_one = {name: parser.parse(name) for name in names}
    assert {parsed.name: parsed for parsed in parser.parse_all(shuffled)} == one_by_one


@given(st.lists(NAMES, min_size=1, max_size=12))
def test_with_labels_each_word_is_a_value_or_a_variable(names: list[str]) -> None:
    detected = parsing.detect(names)
    assert 0.0 <= detected.confidence <= 1.0
    for parsed in parsing.compile_parser(parsing.settings_from(detected)).parse_all(names):
        values = [value for _, value in parsed.pairs]
        labels = [token for token in parsed.tokens if token in detected.labels]
        assert set(parsed.tokens) <= set(values) | set(labels)
        assert len({variable for variable, _ in parsed.pairs}) == len(parsed.pairs)


@given(
    st.sampled_from(LISTS),
    st.lists(st.sampled_from(PUBLISHED), max_size=6),
    st.randoms(use_true_random=False),
)
def test_no_key_of_a_type_has_a_value_of_another(
    names: list[str], strangers: list[str], chance: object
) -> None:
    rules = parsing.load_rules()
    mixed = [*names, *strangers]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    detected = parsing.detect(mixed)
    assert parsing.detect(sorted(mixed)) == detected
    parser = parsing.compile_parser(parsing.settings_from(detected))
    for parsed in parser.parse_all(mixed):
        assert not wrong_types(parsed, rules), parsed
        told = {value for _, value in parsed.pairs} | set(detected.labels)
        assert set(parsed.tokens) <= told
        assert len({key for key, _ in parsed.pairs}) == len(parsed.pairs)
        if detected.scheme is None:
            letters = "".join(filter(str.isalnum, parsed.name))
            kept = "".join(filter(str.isalnum, "".join(parsed.tokens) + parsed.extension))
            assert Counter(letters) == Counter(kept)


@given(EXPRESSIONS, st.lists(NAMES, max_size=3))
def test_any_pattern_runs_or_is_refused_with_a_place(pattern: str, names: list[str]) -> None:
    try:
        parser = parsing.compile_parser(parsing.ParserSettings("regex", pattern))
    except parsing.PatternRefused as refused:
        assert 0 <= refused.position <= len(pattern)
        assert refused.message
    else:
        assert len(list(parser.parse_all(names))) == len(names)


def test_detecting_and_parsing_needs_little_memory() -> None:
    names = [f"HeLa_{n % 7}_ctrl-rep{n % 3}_A01_s{n % 4}_t{n:05d}.ome.tif" for n in range(20_000)]
    parsing.detect(names[:100])
    tracemalloc.start()
    detected = parsing.detect(names)
    parser = parsing.compile_parser(parsing.settings_from(detected))
    assert sum(len(parsed.pairs) for parsed in parser.parse_all(names)) == 7 * len(names)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 200 * len(names)
