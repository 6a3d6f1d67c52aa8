"""Templates load what is here: nothing from other hosts, and no file that no package has."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from omero_platform_fixes.template_loader import REPAIRS
from omero_web_container import catalogue

# What a browser loads by itself; comments for browsers of before 2014 are none.
LOADED = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio)\b[^>]*?\s(?:src|href)=["']?(?:https?:)?//"""
)
CONDITIONAL = re.compile(r"<!--\[if.*?<!\[endif\]-->", re.DOTALL)
# Its view puts the site's own copy in the place of this address.
STATIC = re.compile(r"""\{%\s*static\s+["']([^"']+\.\w+)["']""")
# No view uses it.
UNUSED = "webgateway/base_site.html"
REPLACED_BY_ITS_VIEW = "https://cdn.jsdelivr.net/npm/bootstrap-icons@1.11.0/font/"


def _files(kind: str) -> dict[str, Path]:
    """The files in all folders of a name, `templates` or `static`."""
    found = {}
    ours = ("omero_platform_fixes", "omero_platform_notice", "omero_plugin_common")
    for package in ("omeroweb", *ours, *(app.app for app in catalogue.all_apps().values())):
        spec = importlib.util.find_spec(package)
        assert spec and spec.submodule_search_locations
        for folder in Path(spec.submodule_search_locations[0]).rglob(kind):
            found |= {str(file.relative_to(folder)): file for file in folder.rglob("*.*")}
    return found


def _templates() -> dict[str, Path]:
    return {name: file for name, file in _files("templates").items() if name.endswith(".html")}


def _repaired(name: str, file: Path) -> str:
    text = file.read_text()
    for before, after in REPAIRS.get(name, {}).items():
        text = text.replace(before, after)
    return CONDITIONAL.sub("", text).replace(REPLACED_BY_ITS_VIEW, "{% static 'omero_figure/' %}")


@pytest.mark.parametrize("name", REPAIRS)
def test_what_is_repaired_is_there(name: str) -> None:
    text = _templates()[name].read_text()
    assert [before for before in REPAIRS[name] if before not in text] == []


def test_no_template_loads_from_another_host() -> None:
    templates = _templates()
    assert len(templates) > 100
    named = {
        name: found[0]
        for name, file in templates.items()
        if (found := LOADED.search(_repaired(name, file)))
    }
    assert named == {}


def test_no_template_names_a_file_that_is_nowhere() -> None:
    there = _files("static").keys()
    missing = {
        name: absent
        for name, file in _templates().items()
        if (absent := set(STATIC.findall(_repaired(name, file))) - there) and name != UNUSED
    }
    assert missing == {}
