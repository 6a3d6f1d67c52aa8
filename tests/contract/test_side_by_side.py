"""The groups of the plugins ring are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from side_by_side import TOGETHER, group_of

PLUGINS = Path(__file__).parents[1] / "plugins"
FILES = [f"tests/plugins/{path.relative_to(PLUGINS)}" for path in PLUGINS.rglob("test_*.py")]


@pytest.mark.parametrize("start", TOGETHER)
def test_a_group_has_tests(start: str) -> None:
    assert start in {group_of(f"{file}::test") for file in FILES}


def test_a_file_that_shares_nothing_is_its_own_group() -> None:
    file = "tests/plugins/standin/test_cli.py"
    assert file in FILES
    assert group_of(f"{file}::test_help") == file
