"""Links in the documents lead somewhere, and what they show of a resource would be taken."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from omero_ci.paths import ROOT
from omero_operator.api.v1alpha1 import admission
from omero_operator.api.v1alpha1.omeroplatform import KIND, PlatformSpec
from omero_operator.desired import validation

LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
DOCUMENTS = [ROOT / name for name in LISTED if (ROOT / name).is_file()]
LINK = re.compile(r"\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"")


def _anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return set(plain)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for groups in LINK.findall(text):
        target, _, anchor = (groups[0] or groups[1]).partition("#")
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file = (document.parent / target) if target else document
        assert file.exists(), f"{target} does not exist"
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{target}#{anchor}: no such heading"


NAMED = re.compile(r"`(tests/[^`\s]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_that_a_page_names_exist(document: Path) -> None:
    named = NAMED.findall(document.read_text())
    assert [name for name in named if "*" not in name and not (ROOT / name).exists()] == []


def _specifications(document: Path) -> list[object]:
    """What stands in the YAML of a page for the specification of a platform, whole or in part."""
    blocks = re.findall(r"```yaml\n(.*?)```", document.read_text(), flags=re.DOTALL)
    shown = [each for block in blocks for each in yaml.safe_load_all(block)]
    return [each["spec"] for each in shown if each.get("kind", KIND) == KIND and "spec" in each]


SHOWN = [
    pytest.param(given, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    for number, given in enumerate(_specifications(document))
]


@pytest.mark.parametrize("given", SHOWN)
def test_what_a_page_shows_of_a_resource_is_taken(given: object) -> None:
    found = admission.check({"metadata": {"name": "omero"}, "spec": given})
    assert isinstance(found, PlatformSpec), found
    assert validation.check(found) == []


def test_the_pages_show_resources() -> None:
    assert len(SHOWN) >= 6
