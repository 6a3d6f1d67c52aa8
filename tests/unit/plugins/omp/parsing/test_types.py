"""What words are, and what the nomenclature says of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing.digit_shapes import ANYTHING, shape, widened
from omeroweb_omp_plugin.parsing.engine import matcher
from omeroweb_omp_plugin.parsing.rules import TypeRule
from omeroweb_omp_plugin.parsing.words import Words

RULES = parsing.load_rules()
NOMENCLATURE = Path(parsing.__file__).with_name("nomenclature.toml")
CONTENT = tomllib.loads(NOMENCLATURE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("A1", "well"), ("A01", "well"), ("P24", "well"), ("AF48", "well"), ("A25", "well"),
        ("A99", "text"), ("t001", "time"), ("T12", "time"), ("24h", "time"), ("30min", "time"),
        ("z012", "z"), ("Z3", "z"), ("DAPI", "channel"), ("c1", "channel"), ("w2DAPI", "channel"),
        ("mCherry", "channel"), ("488nm-laser", "wavelength"), ("488nm", "wavelength"),
        ("20x", "magnification"), ("40x-oil", "magnification"), ("2.5X", "magnification"),
        ("2024-01-03", "date"), ("20240103", "date"), ("20241303", "number"),
        ("2024.01.03", "date"), ("0.1uM", "concentration"), ("10nM", "concentration"),
        ("5%", "concentration"), ("100ng/ml", "concentration"), ("1.5um", "length"),
        ("-60.0", "number"), ("-60.0deg", "angle"), ("37C", "temperature"), ("100ms", "exposure"),
        ("5mW", "power"), ("rep1", "replicate"), ("s1", "position"), ("pos12", "position"),
        ("ctrl", "condition"), ("DMSO", "condition"), ("HeLa", "cell line"), ("mouse", "organism"),
        ("007", "number"), ("0.5", "number"), ("anti-GFP", "text"), ("日本", "text"),
    ],
)  # fmt: skip
def test_units_and_customary_words_have_types(word: str, kind: str) -> None:
    assert Words(RULES)[word] == kind


@pytest.mark.parametrize("entry", CONTENT["type"], ids=lambda entry: str(entry["examples"][0]))
def test_the_examples_of_a_type_are_of_that_type(entry: dict[str, object]) -> None:
    examples = entry["examples"]
    assert isinstance(examples, list)
    assert {Words(RULES)[example] for example in examples} == {entry["name"]}


def test_every_proposed_variable_can_be_chosen_and_belongs_to_a_module_of_rembi() -> None:
    known = {variable.name: variable.rembi for variable in RULES.variables}
    assert {rule.variable for rule in RULES.types} - {""} <= set(known)
    modules = {
        "Study", "Study component", "Biosample", "Specimen", "Image acquisition", "Image data",
        "Image correlation", "Analysed data",
    }  # fmt: skip
    assert set(known.values()) <= modules


def test_every_entry_has_a_source() -> None:
    rows = [row for kind in CONTENT.values() if isinstance(kind, list) for row in kind]
    assert len(rows) > 50
    assert all(len(row["source"]) > 10 for row in rows)


def asked_one_by_one(word: str) -> str:
    return next((rule.name for rule in RULES.types if matcher(rule.pattern).matches(word)), "text")


@settings(deadline=None)
@given(
    st.lists(
        st.from_regex(r"\A[A-Za-z]{0,3}[-.]?[0-9]{0,8}[A-Za-z]{0,3}\Z"), min_size=1, max_size=8
    )
)
def test_remembering_shapes_changes_no_type(found: list[str]) -> None:
    words = Words(RULES)
    for word in filter(None, [*found, *found, *(shape(word) for word in found)]):
        assert words[word] == asked_one_by_one(word)


@settings(deadline=None)
@given(st.sampled_from(RULES.types), st.data())
def test_a_widened_pattern_fits_the_shape_of_all_that_the_pattern_fits(
    rule: TypeRule, data: st.DataObject
) -> None:
    word = data.draw(st.from_regex(rule.pattern, fullmatch=True))
    if matcher(rule.pattern).matches(word):
        assert matcher(widened(rule.pattern)).matches(shape(word))


@pytest.mark.parametrize("pattern", [r"\x41", r"(?P<n1>a)", r"[^0-5]", r"\Q1\E"])
def test_what_cannot_be_widened_may_be_anything(pattern: str) -> None:
    assert widened(pattern) == ANYTHING


def test_much_is_forgotten() -> None:
    parser = parsing.compile_parser(parsing.ParserSettings("separators", "_"))
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = (f"{a}{b}{c}{d}_1" for a in letters for b in letters for c in letters for d in "xyz")
    assert sum(len(parsed.tokens) for parsed in parser.parse_all(names)) == 2 * 26**3 * 3
    assert len(parser._words) < 25_000  # type: ignore[attr-defined]
