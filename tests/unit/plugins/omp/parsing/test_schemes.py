"""Names of instruments, and words that are several values."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing.engine import matcher

RULES = parsing.load_rules()
CONTENT = tomllib.loads(
    Path(parsing.__file__).with_name("nomenclature.toml").read_text(encoding="utf-8")
)
PHENIX = [f"r{r:02d}c{c:02d}f01p01-ch{h}sk1fk1fl1.tiff" for r in (1, 2) for c in (3, 4)
          for h in (1, 2)]  # fmt: skip


def test_names_of_an_instrument_are_told_by_its_name_and_read_by_its_scheme() -> None:
    detected = parsing.detect(PHENIX)
    assert detected.scheme is not None
    assert detected.scheme.name == "Opera Phenix"
    assert (detected.scheme.names, detected.scheme.of) == (8, 8)
    assert detected.scheme.source
    parsed = parsing.compile_parser(parsing.settings_from(detected)).parse(PHENIX[-1])
    assert dict(parsed.pairs) == {
        "Well row": "02", "Well column": "04", "Position": "01", "Z position": "01", "Channel": "2",
        "Time point": "1", "Fast kinetic": "1", "FLIM": "1",
    }  # fmt: skip
    assert parsed.types[:3] == ("number", "number", "position")


def test_nearly_all_names_have_to_follow_a_scheme() -> None:
    assert parsing.detect([*PHENIX, "thumbs.tif"]).scheme is None
    many = [f"r{r:02d}c{c:02d}f01p01-ch1sk1fk1fl1.tiff" for r in range(1, 9) for c in range(1, 9)]
    detected = parsing.detect([*many, "thumbs.tif"])
    assert detected.scheme is not None
    stranger = parsing.compile_parser(parsing.settings_from(detected)).parse("thumbs.tif")
    assert (stranger.pairs, stranger.group) == ((), -1)
    assert stranger.warnings == ("The pattern does not fit this name.",)


def test_keys_of_a_scheme_can_have_other_names() -> None:
    settings = parsing.settings_from(parsing.detect(PHENIX), ["Row", "Column", "", "Plane no."])
    pairs = parsing.compile_parser(settings).parse(PHENIX[0]).pairs
    assert [key for key, _ in pairs][:5] == ["Row", "Column", "Var3", "Plane no.", "Channel"]


def test_a_part_that_no_name_has_is_no_key() -> None:
    guid = "3314-476F-B62C-5CDC65915F2B"
    names = [f"p_B05_s{n}2A31C13E-{guid}.tif" for n in range(1, 9)]
    detected = parsing.detect(names)
    assert detected.names == ("Plate", "Well", "Position", "UUID")
    settings = parsing.settings_from(detected, ["Barcode", "", "Field"])
    assert parsing.compile_parser(settings).parse(names[0]).pairs == (
        ("Barcode", "p"), ("Var2", "B05"), ("Field", "s1"), ("UUID", f"2A31C13E-{guid}"),
    )  # fmt: skip


@pytest.mark.parametrize("entry", CONTENT["scheme"], ids=lambda entry: str(entry["name"]))
def test_the_examples_of_a_scheme_are_of_that_scheme(entry: dict[str, object]) -> None:
    examples = entry["examples"]
    assert isinstance(examples, list)
    for example in examples:
        first = next(rule for rule in RULES.schemes if matcher(rule.pattern).matches(example))
        assert first.name == entry["name"]


@pytest.mark.parametrize(
    ("names", "tokens"),
    [
        (["a_s15c3_x.tif", "a_s15c1_x.tif", "a_s02c3_x.tif"], ("a", "s15", "c3", "x")),
        (["p_A01f00d0_x.tif", "p_C02f01d0_x.tif"], ("p", "A01", "f00", "d0", "x")),
        (["L0000S00U01_a.tif", "L0000S01U00_b.tif"], ("L0000", "S00", "U01", "a")),
        (["PP7.lif_1_a.tif", "PP12.lif_2_b.tif"], ("PP7", "lif", "1", "a")),
        (["GL01.patterns", "GL15.patterns"], ("GL01", "patterns")),
        (["x_w1051DAA7C-7042-435F-99F0-1E847D9B42CB.tif",
          "y_w264FBEEF7-F77C-4892-86F5-72D0160D4FB2.tif"],
         ("x", "w1", "051DAA7C-7042-435F-99F0-1E847D9B42CB")),
        (["scan.lif [Series 003]", "other.lif [Series 12]"], ("scan", "Series", "003")),
        (["my_plate1 [Well A1, Field #1]", "my_plate1 [Well B2, Field #2]"],
         ("my", "plate1", "Well", "A1", "Field", "1")),
        # Names of genes and marks are one word.
        (["H3K27me3_1.tif", "H3K9me2_2.tif"], ("H3K27me3", "1")),
        (["C2C12_1.tif", "C2C12_2.tif"], ("C2C12", "1")),
        (["Atp13a3_1.tif", "Atp1a2_2.tif"], ("Atp13a3", "1")),
    ],
)  # fmt: skip
def test_words_that_are_several_values_are_taken_apart(
    names: list[str], tokens: tuple[str, ...]
) -> None:
    settings = parsing.settings_from(parsing.detect(names))
    assert parsing.compile_parser(settings).parse(names[0]).tokens == tokens


OWN = """
[[scheme]]
name = "our scanner"
pattern = 'Z(\\d{3})-([a-z]+)'
keys = ["Slide no.", "Stain"]
types = ["number", "text"]
examples = ["Z001-he"]
source = "our scanner"

[[counter]]
words = ["qq"]
source = "our habit"

[[variable]]
names = ["Stain"]
rembi = "Specimen"
source = "our habit"
"""


def test_a_site_adds_its_own(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(OWN, encoding="utf-8")
    rules = parsing.load_rules(file)
    detected = parsing.detect(["Z001-he.tif", "Z002-pas.tif"], rules)
    assert detected.scheme is not None
    assert (detected.scheme.name, detected.names) == ("our scanner", ("Slide no.", "Stain"))
    parser = parsing.compile_parser(parsing.settings_from(detected), rules)
    assert parser.parse("Z002-pas.tif").pairs == (("Slide no.", "002"), ("Stain", "pas"))
    assert "qq" in rules.counters
    assert ("Stain", "Specimen") in [(each.name, each.rembi) for each in rules.variables]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('["Slide no.", "Stain"]', '["Slide no."]', "field keys: must have a word for each of 2"),
        ('["number", "text"]', '["number", "text", "x"]', "field types: must have a word for each"),
        ('"Z001-he"', '"X001-he"', "field examples: X001-he does not match"),
    ],
)
def test_a_mistake_in_a_scheme_is_told(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    file = tmp_path / "site.toml"
    assert was in OWN
    file.write_text(OWN.replace(was, becomes), encoding="utf-8")
    with pytest.raises(parsing.RulesInvalid, match="scheme 1"):
        parsing.load_rules(file)
    with pytest.raises(parsing.RulesInvalid) as refused:
        parsing.load_rules(file)
    assert told in str(refused.value)
