"""The groups of the plugins and stand-in rings are there."""

from __future__ import annotations

import pytest

from omero_ci.paths import ROOT
from omero_ci.ring import folder_of
from side_by_side import TOGETHER, group_of

FOLDERS = (ROOT / folder_of(ring) for ring in ("plugins", "standin"))
FILES = [str(path.relative_to(ROOT)) for each in FOLDERS for path in each.rglob("test_*.py")]


@pytest.mark.parametrize("start", TOGETHER)
def test_a_group_has_tests(start: str) -> None:
    assert start in {group_of(f"{file}::test") for file in FILES}


def test_a_file_that_shares_nothing_is_its_own_group() -> None:
    file = "standin/tests/test_cli.py"
    assert file in FILES
    assert group_of(f"{file}::test_help") == file
