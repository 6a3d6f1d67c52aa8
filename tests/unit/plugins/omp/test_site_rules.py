"""A site's own nomenclature: used when it is there, named with file, entry and field when wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services.preview import parser_for
from omeroweb_omp_plugin.services.site_rules import RulesUnusable, offered_keys, problem, site_rules
from view_requests import django  # noqa: F401 - a fixture, found by its name here

OURS = """
[[hyphen]]
name = "our strains"
left = 'ZMB'
right = '\\d+'
examples = ["ZMB-17"]
source = "strain list of the facility"
"""


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    site_rules.cache_clear()
    yield
    site_rules.cache_clear()


def write(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nomenclature.toml").write_text(text)
    monkeypatch.setenv("OMP_RULES_FILE", str(folder / "nomenclature.toml"))


def tokens(name: str) -> tuple[str, ...]:
    return parser_for(ParserSettings("separators", "-_")).parse(name).tokens


def test_names_are_read_with_the_sites_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_RULES_FILE", raising=False)
    assert tokens("ZMB-17_a.tif") == ("ZMB", "17", "a")
    site_rules.cache_clear()
    write(tmp_path, OURS, monkeypatch)
    assert tokens("ZMB-17_a.tif") == ("ZMB-17", "a")


@pytest.mark.parametrize(
    ("text", "words"),
    [("[[hyphen", "not TOML"), (OURS.replace("source", "sauce"), "our strains")],
    ids=["no TOML", "an unknown field"],
)
def test_a_mistake_is_named_with_the_field_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    write(tmp_path, text, monkeypatch)
    with pytest.raises(RulesUnusable) as caught:
        site_rules()
    said = caught.value.message
    assert "nomenclature.toml" in said
    assert words in said
    assert "It comes from spec.web.plugins.omp.rules" in said
    assert problem() == said
    # Once the file is right, no restart is needed.
    write(tmp_path, OURS, monkeypatch)
    assert problem() == ""


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_RULES_FILE", str(tmp_path / "absent.toml"))
    with pytest.raises(RulesUnusable, match=r"absent\.toml.*spec\.web\.plugins\.omp\.rules"):
        site_rules()


@pytest.mark.usefixtures("django")
def test_a_mistake_does_not_keep_omero_web_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import omeroweb_omp_plugin
    from omeroweb_omp_plugin.apps import OmpConfig

    write(tmp_path, OURS.replace("source", "sauce"), monkeypatch)
    OmpConfig("omeroweb_omp_plugin", omeroweb_omp_plugin).ready()
    [line] = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert "hyphen 1 (our strains), field sauce" in line


def test_keys_of_the_site_are_offered_with_those_of_rembi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = '[[variable]]\nnames = ["Line of the facility"]\nrembi = "Specimen"\nsource = "ours"\n'
    write(tmp_path, own, monkeypatch)
    offered = offered_keys()
    assert ("Line of the facility", "Specimen") in offered
    assert len(offered) > 10
    # Keys of one module stand together.
    modules = [module for _, module in offered]
    assert modules == sorted(modules)
    site_rules.cache_clear()
    write(tmp_path, "[[hyphen", monkeypatch)
    assert offered_keys() == []
