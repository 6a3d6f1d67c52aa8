"""Nothing that somebody types leaves its literal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import pytest
import re2  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from log_questions import NASTY, everywhere
from omeroweb_admin_tools.planning.logs import logql, logsql
from omeroweb_admin_tools.planning.logs.model import Site
from omeroweb_admin_tools.planning.quoting import containing, pattern, quoted

# Characters; Hypothesis leaves out halves of surrogate pairs.
Test = TypeVar("Test", bound=Callable[..., None])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# What the escapes of this module mean in Go: https://go.dev/ref/spec#Rune_literals
ESCAPE = re.compile(r'\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(["\\]))')


def read_by_go(literal: str) -> str:
    """A double of Go's reader of literals, for the escapes that we write."""
    assert LITERAL.fullmatch(literal)
    assert not re.search(r"\\", ESCAPE.sub("", literal))
    return ESCAPE.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), literal[1:-1])


def with_nasty(test: Test) -> Test:
    for each in NASTY:
        test = example(each)(test)
    return test


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("error: no such file", '"error: no such file"'),
        ('say "hi"', r'"say \"hi\""'),
        (r"C:\data", r'"C:\\data"'),
        ("a\nb\tc", r'"a\u000ab\u0009c"'),
        ("肝臓 é µm", '"肝臓 é µm"'),
        ("\0\x7f\u2028", r'"\u0000\u007f\u2028"'),
        ("\U000e0001", r'"\U000e0001"'),
        ("-", '"-"'),
    ],
)
def test_literals(text: str, literal: str) -> None:
    assert quoted(text) == literal


def test_half_a_character_is_rejected() -> None:
    with pytest.raises(ValueError, match="half a character: U\\+D83D"):
        quoted("\ud83d")


@with_nasty
@given(TEXT)
def test_a_literal_means_its_text(text: str) -> None:
    assert read_by_go(quoted(text)) == text


@with_nasty
@given(TEXT)
def test_a_literal_is_one_line_of_signs_that_can_be_seen(text: str) -> None:
    assert quoted(text).isprintable()


@with_nasty
@given(TEXT)
def test_a_pattern_finds_its_text_and_nothing_else(text: str) -> None:
    """With the library that both stores' patterns are those of."""
    found = re2.search(read_by_go(containing(text)), f"<{text}>")
    assert found and found.group() == text
    assert re2.fullmatch(pattern(text), f"{text}!") is None


def test_a_pattern_finds_capital_and_small_letters() -> None:
    assert re2.search(read_by_go(containing("Größe ERROR.")), "x größe error. y")
    assert not re2.search(read_by_go(containing("ERROR.")), "errors")


def skeleton(query: str) -> str:
    return LITERAL.sub('""', query)


@pytest.mark.parametrize("dialect", [logql, logsql])
@with_nasty
@given(text=TEXT)
def test_a_value_changes_nothing_but_its_literal(dialect, text: str) -> None:  # type: ignore[no-untyped-def]
    """Also where a value comes that no page sends."""
    plain = dialect.query(Site("omero", "demo"), everywhere("x"))
    nasty = dialect.query(Site("omero", "demo"), everywhere(text))
    if text in {"error", "a.log"}:
        return
    assert skeleton(nasty) == skeleton(plain)
    assert read_by_go(quoted(text)) == text
    assert quoted(text) in nasty


@pytest.mark.parametrize("dialect", [logql, logsql])
@given(namespace=TEXT, instance=TEXT)
def test_a_site_s_names_are_values_too(dialect, namespace: str, instance: str) -> None:  # type: ignore[no-untyped-def]
    plain = dialect.query(Site("omero", "demo"), everywhere("x"))
    assert skeleton(dialect.query(Site(namespace, instance), everywhere("x"))) == skeleton(plain)
