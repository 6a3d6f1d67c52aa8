"""A site's own nomenclature."""

from __future__ import annotations

from pathlib import Path

import pytest

from omeroweb_omp_plugin import parsing

OWN = """
separators = "§"

[[extension]]
suffixes = ["QBX", "raw.qbx"]
source = "our microscope"

[[hyphen]]
name = "our strains"
left = 'ZMB'
right = '\\d+'
examples = ["ZMB-17"]
source = "our strain list"

[[type]]
name = "strain"
variable = "Genotype"
pattern = 'ZMB-\\d+|A01'
source = "our strain list"

[[label]]
words = ["Küvette"]
source = "our habit"

[[variable]]
names = ["Cuvette", "Well"]
rembi = "Specimen"
source = "our habit"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def test_entries_of_a_site_come_first(file: Path) -> None:
    file.write_text(OWN, encoding="utf-8")
    rules = parsing.load_rules(file)
    settings = parsing.ParserSettings("separators", "-§")
    parsed = parsing.compile_parser(settings, rules).parse("ZMB-17§A01-B02.RAW.qbx")
    assert parsed.tokens == ("ZMB-17", "A01", "B02")
    assert parsed.types == ("strain", "strain", "well")
    assert parsed.extension == ".RAW.qbx"
    detected = parsing.detect([f"Küvette§{n:02d}.qbx" for n in range(9)], rules)
    assert (detected.separators, detected.labels) == (("§",), ("Küvette",))
    assert [v.name for v in rules.variables].count("Well") == 1
    assert next(v.source for v in rules.variables if v.name == "Well") == "our habit"
    assert "Küvette" not in parsing.load_rules().labels


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("left = 'ZMB'", "left = 'ZMB('", "hyphen 1 (our strains), field left: RE2 rejects it"),
        ("left = 'ZMB'", "left = ''", "hyphen 1 (our strains), field left: must be a text"),
        ("left = 'ZMB'", "left = 5", "hyphen 1 (our strains), field left: must be a text"),
        ("left = 'ZMB'", "lft = 'ZMB'", "hyphen 1 (our strains), field lft: no such field"),
        ("left = 'ZMB'\n", "", "hyphen 1 (our strains), field left: must be a text"),
        ('"ZMB-17"', '"XYZ-17"', "field examples: XYZ-17 does not match"),
        ('["QBX", "raw.qbx"]', '"QBX"', "extension 1, field suffixes: must be a list"),
        ('["QBX", "raw.qbx"]', "[]", "extension 1, field suffixes: must be a list"),
        (
            '["QBX", "raw.qbx"]',
            '["QBX", 5]',
            "field suffixes: contains something that is not a word",
        ),
        ('source = "our microscope"', "", "extension 1, field source: must be a text"),
        ("[[label]]", "[label]", "label: must be a list of entries"),
        ("[[label]]", "[[lable]]", "lable: no such part"),
        ('"§"', '"x"', "separators: must be a text without"),
        ('"§"', "5", "separators: must be a text without"),
        ("pattern = '", "pattern = '(?=a)", "type 1 (strain), field pattern: RE2 rejects it"),
        ("[[type]]", "[[type", "not TOML"),
    ],
)
def test_a_mistake_is_told_with_file_entry_and_field(
    file: Path, was: str, becomes: str, told: str
) -> None:
    assert was in OWN
    file.write_text(OWN.replace(was, becomes), encoding="utf-8")
    with pytest.raises(parsing.RulesInvalid) as refused:
        parsing.load_rules(file)
    assert str(refused.value).startswith(f"{file}: ")
    assert told in str(refused.value)


def test_a_row_that_is_no_table(file: Path) -> None:
    file.write_text("label = [5]", encoding="utf-8")
    with pytest.raises(parsing.RulesInvalid, match="label 1: must be a table"):
        parsing.load_rules(file)


def test_a_pattern_has_an_end(file: Path) -> None:
    file.write_text(OWN.replace("'ZMB'", "'" + "a" * 3000 + "'"), encoding="utf-8")
    with pytest.raises(parsing.RulesInvalid, match="is longer than 2000"):
        parsing.load_rules(file)


def test_a_site_lists_the_values_of_a_key(file: Path) -> None:
    entry = '[[key]]\nname = "Treatment"\nvalues = ["DMSO", " Taxol "]\nsource = "our protocol"\n'
    file.write_text(entry)
    assert parsing.load_rules(file).listed == (("Treatment", ("DMSO", "Taxol")),)
    assert parsing.load_rules().listed == ()
    file.write_text(entry.replace('["DMSO", " Taxol "]', "[]"))
    with pytest.raises(parsing.RulesInvalid, match=r"key 1 \(Treatment\), field values"):
        parsing.load_rules(file)
