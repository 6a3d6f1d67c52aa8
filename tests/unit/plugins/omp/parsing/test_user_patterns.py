"""Regular expressions of users: what they find, and how a mistake is shown."""

from __future__ import annotations

import time

import pytest

from omeroweb_omp_plugin import parsing


def parser(pattern: str, *names: str) -> parsing.Parser:
    return parsing.compile_parser(parsing.ParserSettings("regex", pattern, names))


def test_named_groups_are_variables() -> None:
    parsed = parser(r"(?P<Cell>[^_]+)_(?P<Well>[A-H]\d\d)").parse("HeLa_A01_x.tif")
    assert parsed.pairs == (("Cell", "HeLa"), ("Well", "A01"))
    assert parsed.tokens == ("HeLa", "A01")
    assert parsed.types == ("cell line", "well")
    assert parsed.warnings == ()


def test_groups_can_have_other_names_than_in_the_pattern() -> None:
    pattern = r"(?P<Cell>[^_]+)_(x)?(?P<Well>[A-H]\d\d)_(?P<Rest>.+)"
    parsed = parser(pattern, "Cell line (ATCC)", "").parse("HeLa_A01_7.tif")
    assert parsed.pairs == (("Cell line (ATCC)", "HeLa"), ("Var2", "A01"), ("Rest", "7"))
    assert parser(pattern, "A", "A", "B", "C").parse("HeLa_A01_7.tif").pairs == (
        ("A", "HeLa"), ("A_2", "A01"), ("B", "7"),
    )  # fmt: skip


def test_keys_may_have_blanks_and_hyphens() -> None:
    parsed = parser(r"(?P<Cell line>[^_]+)_(x)?(?P<Tilt-axis angle>\d+)").parse("HeLa_7.tif")
    assert parsed.pairs == (("Cell line", "HeLa"), ("Tilt-axis angle", "7"))
    assert parser(r"(?<Größe µm>\d+)").parse("日本_7.tif").pairs == (("Größe µm", "7"),)


def test_a_name_that_is_no_utf8_is_read_in_its_own_letters() -> None:
    read = parser(r"(?P<A>.)_(?P<B>\w+)").parse("\udcff_b\udcfe_é.tif")
    assert read.pairs[0] == ("A", "\udcff")


def test_groups_without_a_name_only_group() -> None:
    assert parser(r"(a|b)_(?P<N>\d)(x)?").parse("b_7").pairs == (("N", "7"),)


@pytest.mark.parametrize("pattern", [r"^(?P<N>\d+)$", r"^(?P<N>\d+)\.tif$"])
def test_a_pattern_may_be_meant_with_or_without_the_extension(pattern: str) -> None:
    assert parser(pattern).parse("12.tif").pairs == (("N", "12"),)


def test_a_name_that_does_not_fit_says_so() -> None:
    parsed = parser(r"(?P<A>\d+)_(?P<B>x)?").parse("abc.tif")
    assert (parsed.pairs, parsed.warnings) == ((), ("The pattern does not fit this name.",))
    assert parser(r"(?P<A>\d+)_(?P<B>x)?").parse("1_.tif").warnings == ("No value for “B”.",)


@pytest.mark.parametrize("pattern", ["[_-]+", "(_|-)", "_|-"])
def test_a_pattern_without_groups_says_where_to_cut(pattern: str) -> None:
    parsed = parser(pattern, "A", "B", "C").parse("ä_b-日本.ome.tif")
    assert parsed.pairs == (("A", "ä"), ("B", "b"), ("C", "日本"))
    assert parser(pattern, "A").parse("_a_b").warnings == ("More pieces than keys: “b”.",)


@pytest.mark.parametrize(
    ("pattern", "position", "words"),
    [
        ("a(?<=b)", 1, "Lookbehind"),
        ("a(?=b)", 1, "Lookahead"),
        ("a(?!b)", 1, "Negative lookahead"),
        (r"(a)\1", 3, "References to groups"),
        ("(?P<n>a)(?P=n)", 8, "References to groups"),
        ("((a)", 0, "never closed"),
        (r"(a)\((", 5, "never closed"),
        ("a)b", 1, "never opened"),
        ("x[(]a)b", 5, "never opened"),
        ("abc[de", 3, "[ is never closed"),
        ("x[z-a]", 2, "wrong order"),
        ("x[[:foo:]]", 2, "no such character class"),
        (r"x\pX", 1, "no such character class"),
        ("*a", 0, "nothing to repeat"),
        ("x**", 1, "cannot be repeated"),
        ("a{2000}", 1, "1000 is the largest"),
        ("(?P<a+b>x)", 0, "cannot have this name"),
        ("(?P< a>x)", 0, "cannot have this name"),
        ("(?P<a b>x)(?P<a_b>y)", 10, "Two groups are called “a_b”"),
        ("(?P<n>a)(?P<n>b)", 8, "Two groups are called “n”"),
        ("ab\\", 2, "backslash at the end"),
        (r"a\y", 1, "no such escape"),
        ("a*", 0, "matches empty text"),
        ("", 0, "empty"),
    ],
)
def test_a_refused_pattern_shows_where_and_why(pattern: str, position: int, words: str) -> None:
    with pytest.raises(parsing.PatternRefused) as refused:
        parser(pattern)
    assert words in refused.value.message
    assert refused.value.position == position
    assert str(refused.value).splitlines()[-1] == "    " + " " * position + "^"
    assert str(refused.value).splitlines()[-2] == "    " + pattern


def test_a_long_pattern_is_refused() -> None:
    with pytest.raises(parsing.PatternRefused, match="longer than 1000"):
        parser("a" * 1001)


def test_no_pattern_takes_long() -> None:
    hard = parser(r"(?P<A>(?:a+)+)$")
    began = time.process_time()
    assert hard.parse("a" * 250 + "!").pairs == ()
    assert time.process_time() - began < 0.5


def test_detect_is_no_pattern() -> None:
    with pytest.raises(ValueError, match="detect one first"):
        parsing.compile_parser(parsing.ParserSettings("detect"))
