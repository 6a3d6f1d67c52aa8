"""Where the values of a name are in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omeroweb_omp_plugin import parsing

SETS: list[dict[str, Any]] = [
    each
    for path in sorted((Path(__file__).parents[4] / "data" / "omp_names").glob("*.json"))
    for each in json.loads(path.read_text())
]


def texts(parser: parsing.Parser, name: str) -> list[tuple[str, str]]:
    """Key and text of each piece."""
    return [(key, name[start:end]) for start, end, key in parser.pieces(name) if start >= 0]


@pytest.mark.parametrize("given", SETS, ids=lambda one: one["id"])
def test_pieces_are_the_values_of_published_names(given: dict[str, Any]) -> None:
    names = given["names"]
    parser = parsing.compile_parser(parsing.settings_from(parsing.detect(names)))
    for name in names:
        assert texts(parser, name) == list(parser.parse(name).pairs)


def test_equal_values_are_found_at_their_own_places() -> None:
    settings = parsing.ParserSettings("regex", r"A1(?P<x>1)_(?P<y>1)")
    pieces = parsing.compile_parser(settings).pieces("A11_1.tif")
    assert [tuple(each) for each in pieces] == [(2, 3, "x"), (4, 5, "y")]
    settings = parsing.ParserSettings("separators", "_{,sa}", ("A", "B"))
    pieces = parsing.compile_parser(settings).pieces("1_sa_1.tif")
    assert [tuple(each) for each in pieces] == [(0, 1, "A"), (5, 6, "B")]


def test_places_are_those_of_characters_and_of_the_whole_name() -> None:
    settings = parsing.ParserSettings("regex", r"(?P<what>.+) - (?P<series>\w+)")
    parser = parsing.compile_parser(settings)
    name = "日本𝛼.lif - Series009"
    assert texts(parser, name) == [("what", "日本𝛼"), ("series", "Series009")]


def test_a_group_without_a_value_has_its_place_in_the_order() -> None:
    settings = parsing.ParserSettings("regex", r"(?P<a>\d)(_(?P<b>\d))?(?P<c>\D)")
    pieces = parsing.compile_parser(settings).pieces("1x")
    assert [tuple(each) for each in pieces] == [(0, 1, "a"), (-1, -1, "b"), (1, 2, "c")]
    assert parsing.compile_parser(settings).pieces("none") == ()
