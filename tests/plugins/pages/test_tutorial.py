"""The tutorial shows the example plugin's files as they are."""

from __future__ import annotations

import re

import pytest

from browser.site_under_test import EXAMPLE
from local_services import ROOT

TUTORIAL = (ROOT / "docs/write-a-plugin.md").read_text()
# A line with the file's name alone, then its content in a fence.
SHOWN = dict(
    re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)\n```$", TUTORIAL, re.DOTALL | re.MULTILINE)
)
# These say what the others are for.
NOT_SHOWN = {"README.md", ".dockerignore"}


def files() -> list[str]:
    found = [
        path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    return sorted({path.relative_to(EXAMPLE).as_posix() for path in found} - NOT_SHOWN)


@pytest.mark.parametrize("name", files())
def test_a_file_is_shown_as_it_is(name: str) -> None:
    assert SHOWN[name] == (EXAMPLE / name).read_text().rstrip()


def test_nothing_is_shown_that_is_not_there() -> None:
    assert set(SHOWN) == set(files())
