"""Hyphens that belong to a word stay; all others separate."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from omeroweb_omp_plugin import parsing

NOMENCLATURE = Path(parsing.__file__).with_name("nomenclature.toml")
RULES = tomllib.loads(NOMENCLATURE.read_text(encoding="utf-8"))
EXAMPLES = [example for rule in RULES["hyphen"] for example in rule["examples"]]


def tokens(name: str, pattern: str = "_-") -> tuple[str, ...]:
    settings = parsing.ParserSettings("separators", pattern)
    return parsing.compile_parser(settings).parse(name).tokens


@pytest.mark.parametrize(
    "word",
    [
        "DMSO-d6", "5-HT2A", "anti-GFP", "T-cell", "20x-objective", "Z-stack", "488nm-laser",
        "N-terminus", "p-value", "20-HETE", "40x-oil", "H-bond", "IL-6", "COVID-19", "2024-01-03",
        *EXAMPLES,
    ],
)  # fmt: skip
def test_a_word_with_a_hyphen_is_one_word_wherever_it_stands(word: str) -> None:
    assert tokens(f"{word}.tif") == (word,)
    assert tokens(f"a_{word}_b.tif") == ("a", word, "b")
    assert tokens(f"a-{word}-b.tif", "-") == ("a", word, "b")
    assert tokens(f"exp 1 {word} 07.ome.tif", " -") == ("exp", "1", word, "07")


@pytest.mark.parametrize("rule", RULES["hyphen"], ids=lambda rule: str(rule["name"]))
def test_every_rule_says_where_it_comes_from_and_keeps_its_examples(rule: dict[str, Any]) -> None:
    assert len(rule["source"]) > 10
    assert rule["examples"]
    for example in rule["examples"]:
        assert "-" in example


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ctrl-rep1-A1-s1.tif", ("ctrl", "rep1", "A1", "s1")),
        ("T-01.tif", ("T", "01")),
        ("T-cellulose.tif", ("T", "cellulose")),
        ("DMSO-day6.tif", ("DMSO", "day6")),
        ("DMSO-d6x.tif", ("DMSO", "d6x")),
        ("5-HeLa.tif", ("5", "HeLa")),
        ("15-HT.tif", ("15", "HT")),
        ("20x-01.tif", ("20x", "01")),
        ("488nm-01.tif", ("488nm", "01")),
        ("COVID-20.tif", ("COVID", "20")),
        ("covid-19.tif", ("covid", "19")),
        ("2024-13-01.tif", ("2024", "13", "01")),
        ("2024-01-32.tif", ("2024", "01", "32")),
        ("12024-01-03.tif", ("12024", "01", "03")),
        ("fantasti-GFP.tif", ("fantasti", "GFP")),
        ("p-01-value.tif", ("p", "01", "value")),
        ("ec-01-sa-02-20x.tif", ("ec", "01", "sa", "02", "20x")),
    ],
)
def test_what_only_looks_alike_is_separated(name: str, expected: tuple[str, ...]) -> None:
    assert tokens(name, "-") == expected


def test_several_words_with_hyphens_follow_each_other() -> None:
    name = "DMSO-d6-5-HT2A-anti-GFP-T-cell-20x-objective-SARS-CoV-2-07.tif"
    words = ("DMSO-d6", "5-HT2A", "anti-GFP", "T-cell", "20x-objective", "SARS-CoV-2", "07")
    assert tokens(name, "-") == words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TS_01_-60.0.mrc", ("TS", "01", "-60.0")),
        ("TS-01--60.0.mrc", ("TS", "01", "-60.0")),
        ("-3.0.mrc", ("-3.0",)),
        ("TS_-60.mrc", ("TS", "-60")),
        ("TS_-60.0deg_x.mrc", ("TS", "-60.0deg", "x")),
        ("TS_01_[-60.00].mrc", ("TS", "01", "-60.00")),
        ("TS--01.mrc", ("TS", "01")),
        ("TS--5.mrc", ("TS", "5")),
        ("a_-_b.mrc", ("a", "b")),
        ("a-b-.mrc", ("a", "b")),
    ],
)
def test_a_minus_belongs_to_its_number(name: str, expected: tuple[str, ...]) -> None:
    assert tokens(name) == expected
