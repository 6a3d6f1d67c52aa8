"""docs/standin.md is what its command would write now."""

from __future__ import annotations

from omero_ci.paths import ROOT
from outside_clients import page, tried


def test_page_is_what_its_command_writes() -> None:
    assert page.PAGE.read_text() == page.text(), "run ci/standin-page and commit docs/standin.md"


def test_files_of_earlier_checks_exist() -> None:
    assert [row.file for row in tried.ALL if row.file and not (ROOT / row.file).is_file()] == []
